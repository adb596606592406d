// The entry of a measuring process: a worker of this checkout.

import '@gaussmark/worker/process';
