// #region price
import { Component, input } from "@angular/core";
import { feedResource } from "@steadfeed/client/angular";

const events = { tick: (text: string) => JSON.parse(text) as { eur: number } };

@Component({
  selector: "app-price",
  template: `
    @if (price.state() === "closed") {
      <button (click)="price.reconnect()">{{ price.error()?.message ?? "closed" }}</button>
    } @else {
      <p [class]="price.state()">
        {{ price.hasValue() ? price.value().eur.toFixed(2) + " €" : "…" }}
      </p>
    }
  `,
})
export class Price {
  readonly url = input.required<string>();
  readonly price = feedResource(() => this.url(), { types: "tick", events });
}
// #endregion
