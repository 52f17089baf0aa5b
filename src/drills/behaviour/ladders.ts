import type { Container } from '#api'
import type { BehaviourRules } from '#sim'
import type { Scene, SceneWorkload } from '../input/scene.ts'
import { givenValue } from './behaviours.ts'
import { type GuessedKey, genericGuess, isScript, knownOf } from './guesses.ts'

/** The values that stand for all that a program may do, beyond what is assumed. */
export const ladders: Readonly<
  Record<GuessedKey, { readonly values: readonly string[]; readonly isRising: boolean }>
> = {
  startup: { values: ['10s', '30s', '60s', '120s', '240s'], isRising: true },
  latency: { values: ['200ms', '1s', '3s'], isRising: true },
  'on-sigterm': { values: ['exit 0', 'drain 10s', 'drain 30s', 'ignore'], isRising: false },
}

/** A value that nobody has said. */
export interface UnknownValue {
  readonly workload: SceneWorkload
  readonly container: string
  readonly key: GuessedKey
  readonly assumed: string
}

/** The values of programs behind Services that were not given, for the keys that a drill depends on. */
export function unknownValues(
  { workloads, services }: Scene,
  keys: readonly GuessedKey[],
  given: BehaviourRules,
): readonly UnknownValue[] {
  const asked = new Set(services.flatMap(({ workloads: behind }) => behind))
  return workloads
    .filter(({ id }) => asked.has(id))
    .flatMap((workload) =>
      (workload.template.spec?.containers ?? []).flatMap((container: Container) =>
        isScript(container)
          ? []
          : keys.flatMap((key) => {
              if (givenValue(workload, container, key, given) !== undefined) return []
              const assumed = knownOf(container)[key] ?? genericGuess[key]
              return [{ workload, container: container.name, key, assumed }]
            }),
      ),
    )
}
