import { stringify } from 'yaml'
import type { AdvicePatch } from '../model/advice.ts'
import { resourceText } from './words.ts'

/**
 * Writes the command for a POSIX shell that makes a change of an advice, such as
 * `kubectl patch deployment.apps web -n shop --type strategic -p '{"spec":…}'`. What is to be created is given to
 * `kubectl apply` as a here document.
 */
export function patchCommand({ target, type, patch }: AdvicePatch): string {
  if (type === 'create') return `kubectl apply -f - <<'EOF'\n${stringify(patch)}EOF`
  const namespace = target.namespace === undefined ? [] : ['-n', quoted(target.namespace)]
  return [
    'kubectl patch',
    resourceText(target),
    quoted(target.name),
    ...namespace,
    `--type ${type}`,
    `-p ${quoted(JSON.stringify(patch))}`,
  ].join(' ')
}

/** Quotes a word for a POSIX shell where it needs to be. */
function quoted(word: string): string {
  return /^[\w.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
