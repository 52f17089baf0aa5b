import type { ChangeTrigger } from '#machinery'
import type { LogEntry } from './entry.ts'
import { formatTrigger } from './format-entry.ts'
import type { History } from './history.ts'

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
  readonly kind: 'state' | 'warning' | 'write' | 'trigger' | 'note' | 'end'
  readonly text: string
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
 * Explains how an object came to be as it is: the warnings since its last write that is no heartbeat,
 * that write, what triggered it, what triggered the trigger, and so on back to a root. Each step is
 * older than the one before, so that the chain ends.
 */
export function why(history: History, object: WhyObject): readonly WhyStep[] {
  const key = object.namespace ? `${object.namespace}/${object.name}` : object.name
  const own = history.about(object.resource, key).filter((entry) => entry.revision !== undefined)
  const last = own.findLast((entry) => !entry.routine && entry.changes[0] !== 'nothing')
  if (!last) return [unknownObject(history, `${object.resource}/${object.name}`)]
  const state = stateOf(last, `${object.resource}/${object.name}`)
  const steps: WhyStep[] = [state, ...warningsSince(history, last)]
  let link: Link | undefined = { word: '', entry: last }
  while (link && steps.length < maxSteps) link = addWrite(history, link, steps)
  return steps
}

function unknownObject({ dropped }: History, name: string): WhyStep {
  const text =
    dropped > 0
      ? `whatever was written of ${name} is older than what is kept`
      : `nothing has been written of ${name} since the log began`
  return { kind: 'end', text }
}

function stateOf(last: LogEntry, name: string): WhyStep {
  if (last.verb === 'delete') return { kind: 'state', text: `${name} was deleted` }
  return { kind: 'state', text: `${name} is ${last.state || 'as it was last written'}` }
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
