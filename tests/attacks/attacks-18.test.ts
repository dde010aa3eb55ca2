import { everyRunOn } from "./run.ts";

everyRunOn(18);
