import type { SuccessPolicy } from '#api'
import { parseIndexes } from './indexes.ts'

/** Which rule the indexes that have succeeded satisfy, in upstream's words (matchSuccessPolicy). */
export function successByPolicy(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: ReadonlySet<number>,
): string | undefined {
  if (succeeded.size === 0) return undefined
  const at = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) {
      return succeededCount !== undefined && succeeded.size >= succeededCount
    }
    const wanted = parseIndexes(succeededIndexes, completions)
    const reached = [...wanted].filter((index) => succeeded.has(index)).length
    if (wanted.size === 0) return false
    return reached === wanted.size || (succeededCount !== undefined && reached >= succeededCount)
  })
  return at < 0 ? undefined : `Matched rules at index ${at}`
}
