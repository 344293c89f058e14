// Asks for the state while the other scripts are still on their way.

import { start } from "./live.js";

start();
