#!/bin/bash
# Starts a whole Slurm on this machine, one node with all its processors, or ends it:
#   scripts/slurm.sh up | down | status
# For tests. It needs Debian's packages, and no root: apt-get install --no-install-recommends slurm-wlm munge
# It lives in SLURM_HOME (default: /tmp/gaussmark-slurm), listens on SLURM_PORT and the next, and touches nothing else.
set -euo pipefail

HOME_DIR=${SLURM_HOME:-/tmp/gaussmark-slurm}
export SLURM_CONF=$HOME_DIR/slurm.conf
MUNGE_SOCKET=$HOME_DIR/munge/socket

write_config() {
  local host memory
  host=$(hostname -s)
  # A tenth of the memory stays with the system.
  memory=$(awk '/^MemTotal/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
  cat >"$SLURM_CONF" <<CONF
ClusterName=gaussmark
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${SLURM_PORT:-16817}
SlurmdPort=$((${SLURM_PORT:-16817} + 1))
AuthType=auth/munge
AuthInfo=socket=$MUNGE_SOCKET
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,batch_sched_delay=0,defer
ReturnToService=2
JobRequeue=1
MaxArraySize=${SLURM_MAX_ARRAY_SIZE:-1001}
MaxJobCount=50000
KillWait=5
SlurmdTimeout=30
InactiveLimit=0
MinJobAge=10
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
StateSaveLocation=$HOME_DIR/state
SlurmdSpoolDir=$HOME_DIR/spool
SlurmctldPidFile=$HOME_DIR/slurmctld.pid
SlurmdPidFile=$HOME_DIR/slurmd.pid
SlurmctldLogFile=$HOME_DIR/slurmctld.log
SlurmdLogFile=$HOME_DIR/slurmd.log
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=ALL MaxTime=00:10:00 State=UP
CONF
}

# Waits until a command succeeds, at most 30 s.
await() {
  for _ in $(seq 150); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  echo "slurm.sh: gave up waiting for: $*; see the logs in $HOME_DIR" >&2
  return 1
}

is_idle() { sinfo --noheader --partition=main --format=%T | grep -qE '^(idle|mixed|allocated)$'; }

up() {
  for program in munged slurmctld slurmd; do
    PATH=$PATH:/usr/sbin command -v $program >/dev/null || {
      echo "slurm.sh: $program is not installed: apt-get install --no-install-recommends slurm-wlm munge" >&2
      exit 3
    }
  done
  PATH=$PATH:/usr/sbin
  mkdir -p "$HOME_DIR"/{munge,state,spool}
  chmod 755 "$HOME_DIR" "$HOME_DIR/munge"
  if [ ! -f "$HOME_DIR/munge/key" ]; then
    head -c 1024 /dev/urandom >"$HOME_DIR/munge/key"
    chmod 400 "$HOME_DIR/munge/key"
  fi
  write_config
  [ -S "$MUNGE_SOCKET" ] && munge --socket="$MUNGE_SOCKET" --no-input >/dev/null 2>&1 ||
    munged --force --key-file="$HOME_DIR/munge/key" --socket="$MUNGE_SOCKET" --pid-file="$HOME_DIR/munge/pid" \
      --log-file="$HOME_DIR/munge/log" --seed-file="$HOME_DIR/munge/seed"
  await munge --socket="$MUNGE_SOCKET" --no-input
  alive slurmctld || slurmctld
  await scontrol ping
  alive slurmd || slurmd
  await is_idle
  echo "export SLURM_CONF=$SLURM_CONF"
}

alive() { [ -f "$HOME_DIR/$1.pid" ] && kill -0 "$(cat "$HOME_DIR/$1.pid")" 2>/dev/null; }

down() {
  for pid in slurmd.pid slurmctld.pid munge/pid; do
    [ -f "$HOME_DIR/$pid" ] || continue
    kill "$(cat "$HOME_DIR/$pid")" 2>/dev/null || true
  done
  sleep 1
  rm -rf "$HOME_DIR"
}

case "${1:-}" in
up) up ;;
down) down ;;
status) sinfo && squeue ;;
*)
  echo "usage: $0 up | down | status" >&2
  exit 2
  ;;
esac
