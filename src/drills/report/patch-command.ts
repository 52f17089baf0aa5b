import type { AdvicePatch } from '../model/advice.ts'
import { shellWord } from './shell-word.ts'
import { resourceText } from './words.ts'

/**
 * Writes the command for a POSIX shell that makes a change of an advice, such as
 * `kubectl patch deployment.apps web -n shop --type strategic -p '{"spec":…}'`. What is to be created is given to
 * `kubectl apply`. It is one line, whatever it holds, so that it can be copied from anywhere.
 */
export function patchCommand({ target, type, patch }: AdvicePatch): string {
  if (type === 'create') {
    return `printf %s ${shellWord(JSON.stringify(patch))} | kubectl apply -f -`
  }
  const namespace = target.namespace === undefined ? [] : ['-n', shellWord(target.namespace)]
  return [
    'kubectl patch',
    resourceText(target),
    shellWord(target.name),
    ...namespace,
    `--type ${type}`,
    `-p ${shellWord(JSON.stringify(patch))}`,
  ].join(' ')
}
