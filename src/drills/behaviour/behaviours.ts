import { type BehaviourRules, parseBehaviourFile } from '#sim'
import { drilledObject } from '../input/manifest.ts'
import type { Scene, SceneWorkload } from '../input/scene.ts'
import type { DrillAssumption } from '../model/assumptions.ts'
import { annotated, type GuessedKey, genericGuess, isScript, knownOf } from './guesses.ts'

/** One value in the place of a guess, to see what depends on it. */
export interface VariedGuess {
  readonly workload: SceneWorkload
  readonly container: string
  readonly key: GuessedKey
  readonly value: string
}

interface Rule {
  readonly match: Readonly<Record<string, unknown>>
  readonly behaviour: Readonly<Record<string, string>>
}

/**
 * Writes the behaviour file of a run: what was given comes first, then what varies, then what is known of images,
 * then what is guessed. Values that were not given are filled in everywhere.
 * @throws KnarrError `BadBehaviour`
 */
export function behaviourFile(
  scene: Scene,
  given: string | undefined,
  varied?: VariedGuess,
): string {
  const rules: Rule[] = givenRules(given).map(({ match, behaviour }) => ({
    match: { ...match },
    behaviour: { ...genericGuess, ...behaviour },
  }))
  if (varied) {
    const { workload, container, key, value } = varied
    const all = containersOf(workload).find(({ name }) => name === container)
    const known = all ? knownOf(all) : {}
    rules.unshift({
      match: { ...placeOf(workload), container },
      behaviour: { ...genericGuess, ...known, [key]: value },
    })
  }
  for (const workload of scene.workloads) {
    for (const container of containersOf(workload)) {
      rules.push({
        match: { ...placeOf(workload), container: container.name },
        behaviour: { ...genericGuess, ...knownOf(container) },
      })
    }
  }
  rules.push({ match: {}, behaviour: genericGuess })
  return JSON.stringify({ rules })
}

/** The rules of a behaviour file that was given. @throws KnarrError `BadBehaviour` */
export function givenRules(given: string | undefined): BehaviourRules {
  return given === undefined ? [] : parseBehaviourFile(given)
}

/** Pods of a workload are named after it. */
function placeOf({ kind, namespace, name }: SceneWorkload) {
  return { namespace, pod: kind === 'Pod' ? name : `${name}-*` }
}

function containersOf({ template }: SceneWorkload) {
  return [...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])]
}

const keyTexts: Readonly<Record<GuessedKey, (value: string) => string>> = {
  startup: (value) => `listens ${value} after its start`,
  latency: (value) => `takes ${value} for a request`,
  'on-sigterm': (value) =>
    value === 'drain 0s'
      ? 'finishes the requests under way at SIGTERM and takes no more'
      : `does at SIGTERM: ${value}`,
}

/** Says what is assumed of every container of a manifest. */
export function assumptionsOf(scene: Scene, given: string | undefined): readonly DrillAssumption[] {
  const rules = givenRules(given)
  return scene.workloads.flatMap((workload) =>
    (workload.template.spec?.containers ?? []).flatMap((container) => {
      if (isScript(container)) return []
      const known = knownOf(container)
      // Cast: these are its keys.
      return (Object.keys(genericGuess) as GuessedKey[]).map((key): DrillAssumption => {
        const said = givenValue(workload, container, key, rules)
        const value = said ?? known[key] ?? genericGuess[key]
        const source = said === undefined ? (known[key] ? 'image' : 'guess') : 'given'
        return {
          about: drilledObject(workload.source),
          container: container.name,
          key,
          value,
          source,
          text: `${container.name} of ${workload.id} ${keyTexts[key](value)}`,
        }
      })
    }),
  )
}

/** The value that an annotation or a rule of a behaviour file gives; undefined where nobody has said any. */
export function givenValue(
  workload: SceneWorkload,
  container: { readonly name: string; readonly image?: string },
  key: GuessedKey,
  rules: BehaviourRules,
): string | undefined {
  const rule = rules.find(({ match }) => covers(match, workload, container))
  return annotated(workload, container.name, key) ?? rule?.behaviour[key]
}

/** Whether a rule is surely for a container of a workload; patterns are read as far as `*` at an end goes. */
function covers(
  match: BehaviourRules[number]['match'],
  { namespace, name, template }: SceneWorkload,
  container: { readonly name: string; readonly image?: string },
): boolean {
  const labels = template.metadata?.labels ?? {}
  return (
    fits(match.namespace, namespace) &&
    fits(match.container, container.name) &&
    fits(match.image, container.image ?? '') &&
    fits(match.pod, `${name}-0`) &&
    Object.entries(match.labels ?? {}).every(([key, value]) => labels[key] === value)
  )
}

/** Whether a text is what a pattern says, in which `*` stands for anything. */
function fits(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
