import { everyRunOn } from "./run.ts";

everyRunOn(15);
