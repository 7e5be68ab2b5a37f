import { Broker } from "@steadfeed/server";

export const broker = new Broker();
