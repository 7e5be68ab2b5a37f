// More hand-overs than a change needs, each in a way of its own.
import { sharing } from "../suite/hand-overs.ts";

sharing(30);
