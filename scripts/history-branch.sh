#!/usr/bin/env bash
# Keeps a directory of histories on a separate branch.
#
#   scripts/history-branch.sh open DIR   checks the branch out into DIR, or updates it there; creates it if missing
#   scripts/history-branch.sh save DIR   commits and pushes new files in DIR
#
# The branch is $BRANCH (benchmark-history) of the remote $REMOTE (origin).
set -euo pipefail

branch=${BRANCH:-benchmark-history}
remote=${REMOTE:-origin}

open() {
  local directory=$1 found=0 opened
  opened=$(git -C "$directory" branch --show-current 2> /dev/null || true)
  git ls-remote --exit-code --heads "$remote" "refs/heads/$branch" > /dev/null || found=$?
  if [ "$found" -eq 0 ]; then
    git fetch --quiet "$remote" "$branch"
    if [ "$opened" = "$branch" ]; then
      rebase "$directory" "$(git rev-parse FETCH_HEAD)"
      return
    fi
    git worktree add --quiet --force -B "$branch" "$directory" FETCH_HEAD
    return
  fi
  # 2: no such branch. Other failures, such as a network that is down, must not create one.
  [ "$found" -eq 2 ] || return "$found"
  if [ "$opened" = "$branch" ]; then return; fi
  git worktree add --quiet --detach "$directory"
  git -C "$directory" checkout --quiet --orphan "$branch"
  git -C "$directory" rm -rf --quiet .
  # Two machines may append at once: keep the lines of both.
  echo '*.jsonl merge=union' > "$directory/.gitattributes"
}

save() {
  local directory=$1 attempt
  git -C "$directory" add --all
  if git -C "$directory" diff --cached --quiet; then
    echo "nothing new in $directory"
    return
  fi
  git -C "$directory" -c user.name="${GIT_AUTHOR_NAME:-$(author user.name benchmark)}" \
    -c user.email="${GIT_AUTHOR_EMAIL:-$(author user.email benchmark@localhost)}" \
    commit --quiet -m "Add what $(git rev-parse --short HEAD) measures"
  for attempt in 1 2 3 4 5; do
    if git -C "$directory" push --quiet "$remote" "HEAD:refs/heads/$branch"; then return; fi
    echo "the branch moved or is unreachable: attempt $attempt" >&2
    sleep "$attempt"
    git -C "$directory" fetch --quiet "$remote" "$branch"
    rebase "$directory" FETCH_HEAD
  done
  return 1
}

rebase() {
  git -C "$1" -c user.name=benchmark -c user.email=benchmark@localhost rebase --quiet --autostash "$2"
}

author() {
  git config "$1" || echo "$2"
}

case "${1:-} $#" in
  'open 2') open "$2" ;;
  'save 2') save "$2" ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
