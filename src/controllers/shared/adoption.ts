import type { Lister } from '#client'
import { controllerOf, type KubeObject, type Stored } from '#machinery'
import { matchesLabels, type Selector } from '#machinery/selectors'

/** Which of the candidates an owner holds, should take, and should let go. */
export interface Claims<T> {
  readonly owned: readonly T[]
  readonly adopt: readonly T[]
  readonly release: readonly T[]
}

/**
 * Sorts candidates by their controller reference and the owner's selector, as upstream's
 * ControllerRefManager: a matching orphan is adopted, an owned one that no longer matches is
 * released, and nothing that is being deleted changes hands. A deleted owner adopts nothing.
 */
export function claim<T extends Stored<KubeObject>>(
  owner: Stored<KubeObject>,
  selector: Selector,
  candidates: readonly T[],
): Claims<T> {
  const owned: T[] = []
  const adopt: T[] = []
  const release: T[] = []
  for (const candidate of candidates) {
    const controller = controllerOf(candidate)
    const fits = matchesLabels(selector, candidate.metadata.labels)
    const leaving = candidate.metadata.deletionTimestamp !== undefined
    if (controller?.uid === owner.metadata.uid) {
      if (fits) owned.push(candidate)
      else if (!owner.metadata.deletionTimestamp && !leaving) release.push(candidate)
    } else if (!controller && fits && !leaving && !owner.metadata.deletionTimestamp) {
      adopt.push(candidate)
    }
  }
  return { owned, adopt, release }
}

/** The index by which a controller finds its own pods, and the orphans of a namespace, without a scan. */
export const controllerIndex = 'controller'

export function controllerIndexValues(object: Stored<KubeObject>): readonly string[] {
  const uid = controllerOf(object)?.uid
  return [uid ?? `orphans/${object.metadata.namespace ?? ''}`]
}

/** What `claim` has to judge: the owner's own and then the orphans beside it, each in key order. */
export function candidatesFor<T extends KubeObject>(
  owner: Stored<KubeObject>,
  lister: Lister<T>,
): readonly Stored<T>[] {
  const own = lister.by(controllerIndex, owner.metadata.uid)
  const orphans = lister.by(controllerIndex, `orphans/${owner.metadata.namespace ?? ''}`)
  return orphans.length === 0 ? own : [...own, ...orphans]
}
