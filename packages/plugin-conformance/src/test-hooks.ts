// Lets the tests of a plugin import TypeScript, and Gaussmark's packages from any folder: `node --import`.

import { installPluginHooks } from '@gaussmark/core';

installPluginHooks();
