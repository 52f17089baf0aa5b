import { KnarrError } from '#lib'
import { compileGlob, globFits } from '../patterns/glob.ts'
import { boundedSpend } from '../patterns/work.ts'
import type { Behaviour, BehaviourRule, BehaviourTarget } from './behaviour.ts'
import { annotationPrefix, type BehaviourKey, knownKeys } from './keys.ts'
import { knownImage } from './known-images.ts'
import {
  readAnswers,
  readDurationAt,
  readExitCode,
  readImage,
  readQuantityAt,
  readSchedule,
  readTermination,
  readUser,
} from './read-values.ts'
import { readAdmission, readConversion } from './read-webhooks.ts'

const defaultMemoryBytes = 16 * 1024 * 1024
const defaultCpuCores = 0.001
/** How long the work of a Job or of an init container takes of which nothing is said. */
const workMs = 1000
/** The Job controller's label on its pods. */
const jobLabel = 'batch.kubernetes.io/job-name'
const noPrograms: ReadonlySet<string> = new Set()
const bareSystem = /(^|\/)(alpine|busybox|centos|debian|fedora|ubuntu)([:@]|$)/

/**
 * How a container behaves: what its pod's annotations say (`sim.knarr.dev/KEY.CONTAINER` before
 * `sim.knarr.dev/KEY`), then the first rule of the behaviour file that matches it.
 * @throws KnarrError `BadBehaviour` naming the annotation or key.
 */
export function parseBehaviour(target: BehaviourTarget): Behaviour {
  const given = givenValues(target)
  const read = <T>(
    key: BehaviourKey,
    reader: (text: string, where: string) => T,
  ): T | undefined => {
    const found = given.get(key)
    return found && reader(found.text, found.where)
  }
  const { namespace, pod, container, memoryLimitBytes } = target
  const asked = (target.askedPorts ?? []).filter((port) => !target.ports.includes(port))
  return {
    owner: `${namespace}/${pod}/${container}`,
    ports: target.ports.length > 0 ? [...target.ports, ...asked] : [],
    askedPorts: asked,
    startupMs: read('startup', readDurationAt) ?? 0,
    ready: read('ready', readSchedule) ?? [],
    exitAfterMs: read('exit-after', readDurationAt) ?? workMsOf(target),
    exitCode: read('exit-code', readExitCode) ?? 0,
    memoryBytes: read('memory', readQuantityAt) ?? defaultMemoryBytes,
    memoryBytesPerMs: (read('memory-growth', readQuantityAt) ?? 0) / 1000,
    memoryLimitBytes: memoryLimitBytes && memoryLimitBytes > 0 ? memoryLimitBytes : undefined,
    cpuCores: read('cpu', readQuantityAt) ?? defaultCpuCores,
    onTerm: read('on-sigterm', readTermination) ?? { kind: 'drain', ms: 0 },
    latencyMs: read('latency', readDurationAt) ?? 0,
    answers: read('answers', readAnswers) ?? [],
    admission: read('admission', readAdmission),
    conversion: read('conversion', readConversion),
    failExec: read('fail-exec', plain),
    startError: read('start-error', plain),
    image: read('image', readImage),
    imageSizeBytes: read('image-size', readQuantityAt),
    imageUser: read('image-user', readUser),
    ...systemOf(target),
  }
}

/** How long it takes what must end for its pod to go on; nothing else ends by itself. */
function workMsOf({ labels, runsToEnd = false }: BehaviourTarget): number | undefined {
  return labels[jobLabel] !== undefined || runsToEnd ? workMs : undefined
}

/** What the programs of an image are, by its name. */
function systemOf({
  image,
}: BehaviourTarget): Pick<Behaviour, 'hasBusybox' | 'isBareSystem' | 'programs'> {
  const known = knownImage(image)
  if (known) {
    const { isBusybox, programs } = known
    return { hasBusybox: isBusybox, isBareSystem: isBusybox, programs }
  }
  const hasBusybox = /busybox|alpine/.test(image)
  return { hasBusybox, isBareSystem: bareSystem.test(image), programs: noPrograms }
}

const plain = (text: string) => text

interface Given {
  readonly text: string
  readonly where: string
}

function givenValues(target: BehaviourTarget): ReadonlyMap<BehaviourKey, Given> {
  const { annotations, container, rules = [] } = target
  const given = new Map<BehaviourKey, Given>()
  const rule = rules.find(({ match }) => matches(match, target))
  for (const [key, text] of Object.entries(rule?.behaviour ?? {})) {
    given.set(knownKey(key, `behaviour ${key}`), { text, where: `behaviour ${key}` })
  }
  const own = Object.entries(annotations).filter(([name]) => name.startsWith(annotationPrefix))
  for (const [name, text] of own) {
    const [key = '', only] = name.slice(annotationPrefix.length).split(/\.(.*)/s)
    const known = knownKey(key, `annotation ${name}`)
    if (only !== undefined && only !== container) continue
    const isMoreSpecific = only !== undefined || !Object.hasOwn(annotations, `${name}.${container}`)
    if (isMoreSpecific) given.set(known, { text, where: `annotation ${name}` })
  }
  return given
}

/** @throws KnarrError `BadBehaviour` that names what is nearest. */
export function knownKey(key: string, where: string): BehaviourKey {
  const found = knownKeys.find((known) => known === key)
  if (found) return found
  const near = nearest(key)
  const guess = near === undefined ? '' : ` (${near}?)`
  throw new KnarrError(
    'BadBehaviour',
    `${where}: unknown behaviour key ${JSON.stringify(key)}${guess}; known are ${knownKeys.join(', ')}`,
  )
}

/** The key that was probably meant; undefined when none is near. */
function nearest(key: string): BehaviourKey | undefined {
  const [near] = knownKeys
    .map((known) => ({ known, steps: distance(known, key) }))
    .toSorted((a, b) => a.steps - b.steps)
  return near && near.steps <= 1 + key.length / 3 && near.steps < key.length
    ? near.known
    : undefined
}

/** How many letters must change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function matches(match: BehaviourRule['match'], target: BehaviourTarget): boolean {
  const { labels = {}, ...texts } = match
  const fits = Object.entries(texts).every(([name, pattern]) =>
    patternFits(pattern, target[name as keyof typeof texts]),
  )
  return fits && Object.entries(labels).every(([name, value]) => target.labels[name] === value)
}

const star = { text: '*', quoted: false }

function patternFits(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => ({ text: part, quoted: true }))
  const starred = parts.flatMap((part, index) => (index === 0 ? [part] : [star, part]))
  const spend = boundedSpend(() => new KnarrError('BadBehaviour', `too long a pattern: ${pattern}`))
  return globFits(compileGlob(starred), text, spend)
}
