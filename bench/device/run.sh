#!/bin/sh
# Measures Gaussmark's engine xla beside JAX on this machine's GPU. A bundle (bundle.mjs) brings its own Node and needs no network:
#
#   tar xf gaussmark-device.tar.xz && sh gaussmark-device/bench/device/run.sh
#
# Python must have JAX with its CUDA plugin: $PYTHON, or python3. --help lists the options; docs/gpu.md says what is measured.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
node=$root/bin/node
if [ -x "$node" ]; then
  GAUSSMARK_CACHE=$root/cache
  export GAUSSMARK_CACHE
else
  # In a checkout: the user's Node and cache.
  node=$(command -v node) || { echo "run.sh: neither $root/bin/node nor a Node on the PATH" >&2; exit 2; }
fi
exec "$node" "$here/measure.mjs" "$@"
