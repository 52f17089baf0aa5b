import { KnarrError } from '#lib'
import {
  type ChangeTrigger,
  formatDuration,
  groupResourceOf,
  keyOf,
  parseTime,
  type Resource,
  type Stored,
} from '#machinery'
import { blockersOf } from './blockers/blockers.ts'
import type { Blocker, Present } from './blockers/present.ts'
import { describeState } from './describe/change.ts'
import type { EventFields } from './describe/event.ts'
import type { LogEntry } from './entries/entry.ts'
import { formatTrigger } from './entries/format-entry.ts'
import type { History } from './history.ts'
import { refusedVerb } from './to-entry.ts'

/** The object whose state is to be explained. */
export interface WhyObject {
  /** `pods`, `deployments.apps`. */
  readonly resource: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** A step of a chain of causes, which goes from the present back. */
export interface WhyStep {
  readonly kind: 'state' | 'blocker' | 'refusal' | 'warning' | 'write' | 'trigger' | 'note' | 'end'
  readonly text: string
  /** How deep a blocker lies behind another one; 0 and absent for those of the object itself. */
  readonly depth?: number
  /** When it happened; absent for a step without a time. */
  readonly wallMs?: number
  readonly revision?: number
}

/** How a step leads to an older write: because of it, or merely after it. */
interface Link {
  readonly word: '' | 'because ' | 'after '
  readonly entry: LogEntry
}

/** The most warnings shown, the newest ones. */
const maxWarnings = 3
/** The most steps of a chain; a longer one explains nothing more. */
const maxSteps = 60

/**
 * Explains what keeps an object from going on and how it came to be as it is: its state, what blocks it
 * at this moment, the refusals and warnings since its last write that is no heartbeat, that write,
 * what triggered it, what triggered the trigger, and so on back to a root. Each write is older than
 * the one before, so that the chain ends. Without `present` nothing is told of this moment.
 * @throws KnarrError `UnknownObject` for one that is not there and of which nothing was ever written
 */
export function why(history: History, object: WhyObject, present?: Present): readonly WhyStep[] {
  const key = object.namespace ? `${object.namespace}/${object.name}` : object.name
  const name = `${object.resource}/${object.name}`
  const found = present && findPresent(object, present)
  const own = history.about(object.resource, key).filter((entry) => entry.revision !== undefined)
  const last = own.findLast((entry) => !entry.routine && entry.changes[0] !== 'nothing')
  if (!last && !found) throw unknownObject(object)
  const steps: WhyStep[] = [
    found && present ? stateNow(found.object, name, present) : stateThen(last, name, present),
    ...(found && present
      ? blockerSteps(
          blockersOf(found.object, found.resource, { ...present, seenAt: seenIn(history) }),
        )
      : []),
    ...refusals(history, object.resource, key, last),
  ]
  if (!last) return [...steps, endOfLog(history, name)]
  steps.push(...warningsSince(history, last))
  let link: Link | undefined = { word: '', entry: last }
  while (link && steps.length < maxSteps) link = addWrite(history, link, steps)
  return steps
}

/** Looks up in the log what a component saw when it wrote an Event: more than the message, or nothing. */
function seenIn(history: History): NonNullable<Present['seenAt']> {
  return (event) => {
    // Cast: it came from the list of Events.
    const { message = '', reason = '' } = event as EventFields
    const trigger = history.about('events', keyOf(event)).at(-1)?.trigger
    if (trigger?.kind !== 'observed') return undefined
    return trigger.what.startsWith(`${reason}: ${message}`) ? trigger.what : undefined
  }
}

interface Found {
  readonly object: Stored
  readonly resource: Resource
}

function findPresent({ resource: text, namespace, name }: WhyObject, present: Present) {
  const resource = present.served.all.find((each) => groupResourceOf(each) === text)
  if (!resource) return undefined
  const key = resource.scope === 'Namespaced' ? { namespace, name } : { name }
  const object = present.objects.get(resource, key)
  return object && ({ object, resource } satisfies Found)
}

function unknownObject({ resource, namespace, name }: WhyObject): KnarrError {
  const where = namespace ? ` in the namespace ${namespace}` : ''
  return new KnarrError('UnknownObject', `${resource} "${name}" not found${where}`, {
    hint: `Nothing has been written of it since the log began. 'kubectl get ${resource}${namespace ? ' -A' : ''}' lists those that there are.`,
  })
}

function endOfLog({ dropped }: History, name: string): WhyStep {
  const text =
    dropped > 0
      ? `whatever was written of ${name} is older than what is kept`
      : `nothing has been written of ${name} since the log began`
  return { kind: 'end', text }
}

function stateNow(object: Stored, name: string, { nowMs }: Present): WhyStep {
  const state = describeState(object)
  const since = parseTime(object.metadata.deletionTimestamp ?? '')
  if (since === undefined) return { kind: 'state', text: `${name} is ${state || 'there'}` }
  // The time of deletion is when the grace ends; it was asked for that much before.
  const askedMs = since - (object.metadata.deletionGracePeriodSeconds ?? 0) * 1000
  const ago = formatDuration(Math.max(0, Math.round((nowMs - askedMs) / 1000)) * 1000)
  const was = state ? ` (${state})` : ''
  return { kind: 'state', text: `${name} is Terminating for ${ago}${was}` }
}

/** Tells the state by the log alone, for an object that is gone or where nobody knows this moment. */
function stateThen(last: LogEntry | undefined, name: string, present?: Present): WhyStep {
  if (last?.changes[0] === 'deleted') return { kind: 'state', text: `${name} was deleted` }
  if (present) return { kind: 'state', text: `${name} is gone` }
  return { kind: 'state', text: `${name} is ${last?.state || 'as it was last written'}` }
}

function blockerSteps(blockers: readonly Blocker[], depth = 0): readonly WhyStep[] {
  return blockers.flatMap(({ text, wallMs, behind = [] }) => [
    { kind: 'blocker' as const, text, depth, ...(wallMs === undefined ? {} : { wallMs }) },
    ...blockerSteps(behind, depth + 1),
  ])
}

/** Returns the newest requests about an object that were refused since it was last written. */
function refusals(
  history: History,
  resource: string,
  key: string,
  last: LogEntry | undefined,
): readonly WhyStep[] {
  return history
    .about(resource, key)
    .filter(
      ({ verb, routine, sequence }) =>
        verb === refusedVerb && !routine && sequence > (last?.sequence ?? 0),
    )
    .slice(-maxWarnings)
    .map(({ actor, changes, wallMs }) => ({
      kind: 'refusal',
      text: `${actor} was refused: ${changes.join('; ')}`,
      wallMs,
    }))
}

/** Returns the newest text of each warning about an object since its last write. */
function warningsSince(
  history: History,
  { kind, key, sequence, wallMs }: LogEntry,
): readonly WhyStep[] {
  const newest = new Map<string, LogEntry>()
  for (const entry of history.entries) {
    const isSince = entry.sequence > sequence || entry.wallMs === wallMs
    if (!isSince || entry.warnsOf !== `${kind}/${key}`) continue
    newest.delete(entry.key)
    newest.set(entry.key, entry)
  }
  return [...newest.values()].slice(-maxWarnings).map(({ actor, changes, ...entry }) => ({
    kind: 'warning',
    text: `${actor} says: ${changes.at(-1)}`,
    wallMs: entry.wallMs,
  }))
}

/** Adds a write and its trigger; returns the write that the chain goes on with, if there is one. */
function addWrite(history: History, { word, entry }: Link, steps: WhyStep[]): Link | undefined {
  const { actor, verb, key, changes, trigger, wallMs, revision } = entry
  const what = `${entry.resource}${entry.subresource ? `/${entry.subresource}` : ''}`
  const text = `${word}${actor} wrote ${what} ${key} (${verb}): ${changes.join('; ')}`
  steps.push({ kind: 'write', text, wallMs, ...(revision === undefined ? {} : { revision }) })
  if (!trigger) return undefined
  if (trigger.kind === 'change') return triggerWrite(history, entry, trigger, steps)
  steps.push({ kind: 'trigger', text: formatTrigger(trigger) })
  if (trigger.kind === 'request') return undefined
  if (trigger.kind === 'timer' && trigger.setBy)
    return triggerWrite(history, entry, trigger.setBy, steps)
  if (addNote(history, entry, steps)) return undefined
  return earlierWrite(history, entry)
}

/** Returns the write that a trigger names, if it is older than the entry and still kept. */
function triggerWrite(
  history: History,
  entry: LogEntry,
  { resource, key, resourceVersion }: ChangeTrigger,
  steps: WhyStep[],
): Link | undefined {
  const revision = Number(resourceVersion)
  const found = history
    .about(resource, key)
    .findLast((each) => each.revision === revision && each.sequence < entry.sequence)
  if (found) return { word: 'because ', entry: found }
  const ago = history.dropped > 0 ? 'older than what is kept' : 'from before the log began'
  const text = `because ${resource} ${key} changed @${resourceVersion}, which is ${ago}`
  steps.push({ kind: 'end', text })
  return undefined
}

/** Adds the newest earlier note about the same object: a fault explains what was observed after it. */
function addNote(history: History, entry: LogEntry, steps: WhyStep[]): boolean {
  const note = history
    .about(entry.resource, entry.key)
    .findLast((each) => each.revision === undefined && each.sequence < entry.sequence)
  if (!note) return false
  const text = `because of ${note.verb} by ${note.actor}: ${note.changes.join('; ')}`
  steps.push({ kind: 'note', text, wallMs: note.wallMs })
  return true
}

/** Returns the newest earlier write of the object by another actor: what was observed has no write of its own. */
function earlierWrite(history: History, entry: LogEntry): Link | undefined {
  const found = history
    .about(entry.resource, entry.key)
    .findLast(
      (each) =>
        each.sequence < entry.sequence &&
        each.revision !== undefined &&
        each.actor !== entry.actor &&
        !each.routine,
    )
  return found && { word: 'after ', entry: found }
}
