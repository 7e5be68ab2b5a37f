import {
  Component,
  provideZonelessChangeDetection,
  signal,
  type ApplicationConfig,
} from "@angular/core";
import { provideClientHydration } from "@angular/platform-browser";
import { Price } from "./price";

export const config: ApplicationConfig = {
  providers: [provideZonelessChangeDetection(), provideClientHydration()],
};

@Component({
  selector: "app-root",
  imports: [Price],
  template: `
    <button id="next" (click)="url.set('/events/b')">Next</button>
    <button id="hide" (click)="isShown.set(!isShown())">Hide</button>
    @if (isShown()) {
      <app-price [url]="url()" />
    }
  `,
})
export class App {
  readonly url = signal("/events/a");
  readonly isShown = signal(true);
}
