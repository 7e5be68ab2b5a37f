/* oxlint-disable typescript/no-extraneous-class -- a module of Nest is what its decorator says. */
import {
  Controller,
  Get,
  Inject,
  Module,
  Post,
  Req,
  Res,
  type BeforeApplicationShutdown,
  type INestApplication,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { NestExpressApplication } from "@nestjs/platform-express";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import { Broker } from "@steadfeed/server";
import { nodeHandler, type NodeRequest, type NodeResponse } from "@steadfeed/server/node";
import { publishHandler } from "@steadfeed/server/publish";
import { authorize, serves, type App } from "../serves.ts";

// #region nest
class Events implements BeforeApplicationShutdown {
  readonly broker = new Broker();
  readonly stream = nodeHandler(this.broker);
  readonly publish = publishHandler(this.broker, { authorize, maxBytes: 4000 });

  /** `onApplicationShutdown` is too late: Nest calls it once all responses have ended. */
  beforeApplicationShutdown(): Promise<void> {
    return this.broker.close();
  }
}

@Controller()
class EventsController {
  constructor(@Inject(Events) private readonly events: Events) {}

  @Get("events")
  stream(@Req() request: NodeRequest, @Res() response: NodeResponse): Promise<void> {
    return this.events.stream(request, response);
  }

  @Post("publish")
  publish(@Req() request: NodeRequest, @Res() response: NodeResponse): Promise<void> {
    return this.events.publish(request, response);
  }
}

@Module({ controllers: [EventsController], providers: [Events] })
class AppModule {}
// #endregion

async function listen(app: INestApplication): Promise<App> {
  await app.listen(0, "127.0.0.1");
  const { port } = app.getHttpServer().address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
}

const quiet = { logger: ["error"] as "error"[] };

serves("Nest on Express", async () => {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, quiet);
  app.useBodyParser("text");
  app.useBodyParser("json", { strict: false });
  app.useBodyParser("raw");
  return listen(app);
});

serves("Nest on Express with raw bodies", async () => {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    ...quiet,
    rawBody: true,
    bodyParser: false,
  });
  app.useBodyParser("json", { strict: false });
  app.useBodyParser("text");
  return listen(app);
});

serves("Nest on Fastify", async () => {
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, quiet);
  app.useBodyParser("application/octet-stream");
  adapter.getInstance().addContentTypeParser("*", (_request, _payload, done) => done(null));
  return listen(app);
});
