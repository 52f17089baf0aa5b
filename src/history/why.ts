import type { ChangeTrigger } from '#machinery'
import type { Entry } from './entry.ts'
import type { History } from './history.ts'
import { triggerText } from './line.ts'

export interface WhyObject {
  /** `pods`, `deployments.apps`. */
  readonly resource: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** One link of the chain, from the present back. */
export interface WhyStep {
  readonly kind: 'state' | 'warning' | 'write' | 'trigger' | 'note' | 'end'
  readonly text: string
  /** When it happened; absent for what is not a moment. */
  readonly wallMs?: number
  readonly revision?: number
}

/** How a step leads on to an older write: it was caused by it, or it merely came after. */
interface Link {
  readonly word: '' | 'because ' | 'after '
  readonly entry: Entry
}

/** The newest warnings say enough. */
const mostWarnings = 3
/** No chain is longer; one that is has stopped to explain. */
const mostSteps = 60

/**
 * How an object came to be as it is: what is warned of since its last write that means something,
 * that write, what triggered it, what triggered the trigger, back to a root. Each step is older than the one before, so it ends.
 */
export function why(history: History, object: WhyObject): readonly WhyStep[] {
  const key = object.namespace ? `${object.namespace}/${object.name}` : object.name
  const own = history.about(object.resource, key).filter((entry) => entry.revision !== undefined)
  const last = own.findLast((entry) => !entry.routine && entry.changes[0] !== 'nothing')
  if (!last) return [unknown(history, `${object.resource}/${object.name}`)]
  const state = stateOf(last, `${object.resource}/${object.name}`)
  const steps: WhyStep[] = [state, ...warningsSince(history, last)]
  let link: Link | undefined = { word: '', entry: last }
  while (link && steps.length < mostSteps) link = follow(history, link, steps)
  return steps
}

function unknown({ forgotten }: History, name: string): WhyStep {
  const text =
    forgotten > 0
      ? `whatever was written of ${name} is older than what is kept`
      : `nothing has been written of ${name} since the log began`
  return { kind: 'end', text }
}

function stateOf(last: Entry, name: string): WhyStep {
  if (last.verb === 'delete') return { kind: 'state', text: `${name} was deleted` }
  return { kind: 'state', text: `${name} is ${last.state || 'as it was last written'}` }
}

/** Why it stays as it is: what others warn of since it was last written, each as it was told last. */
function warningsSince(
  history: History,
  { kind, key, sequence, wallMs }: Entry,
): readonly WhyStep[] {
  const newest = new Map<string, Entry>()
  for (const entry of history.entries) {
    const isSince = entry.sequence > sequence || entry.wallMs === wallMs
    if (!isSince || entry.warnsOf !== `${kind}/${key}`) continue
    newest.delete(entry.key)
    newest.set(entry.key, entry)
  }
  return [...newest.values()].slice(-mostWarnings).map(({ actor, changes, ...entry }) => ({
    kind: 'warning',
    text: `${actor} says: ${changes.at(-1)}`,
    wallMs: entry.wallMs,
  }))
}

/** Tells one write and why it was made; the write to go on with, if there is one. */
function follow(history: History, { word, entry }: Link, steps: WhyStep[]): Link | undefined {
  const { actor, verb, key, changes, trigger, wallMs, revision } = entry
  const what = `${entry.resource}${entry.subresource ? `/${entry.subresource}` : ''}`
  const text = `${word}${actor} wrote ${what} ${key} (${verb}): ${changes.join('; ')}`
  steps.push({ kind: 'write', text, wallMs, ...(revision === undefined ? {} : { revision }) })
  if (!trigger) return undefined
  if (trigger.kind === 'change') return written(history, entry, trigger, steps)
  steps.push({ kind: 'trigger', text: triggerText(trigger) })
  if (trigger.kind === 'request') return undefined
  if (trigger.kind === 'timer' && trigger.setBy)
    return written(history, entry, trigger.setBy, steps)
  if (tellNote(history, entry, steps)) return undefined
  return before(history, entry)
}

/** The write that a trigger names, if it is older than the entry and still kept. */
function written(
  history: History,
  entry: Entry,
  { resource, key, resourceVersion }: ChangeTrigger,
  steps: WhyStep[],
): Link | undefined {
  const revision = Number(resourceVersion)
  const found = history
    .about(resource, key)
    .findLast((each) => each.revision === revision && each.sequence < entry.sequence)
  if (found) return { word: 'because ', entry: found }
  const ago = history.forgotten > 0 ? 'older than what is kept' : 'from before the log began'
  const text = `because ${resource} ${key} changed @${resourceVersion}, which is ${ago}`
  steps.push({ kind: 'end', text })
  return undefined
}

/** What was noted of the same object before: a fault explains what was seen after it. */
function tellNote(history: History, entry: Entry, steps: WhyStep[]): boolean {
  const note = history
    .about(entry.resource, entry.key)
    .findLast((each) => each.revision === undefined && each.sequence < entry.sequence)
  if (!note) return false
  const text = `because of ${note.verb} by ${note.actor}: ${note.changes.join('; ')}`
  steps.push({ kind: 'note', text, wallMs: note.wallMs })
  return true
}

/** What was seen below has no earlier write; but somebody had made the object what it was. */
function before(history: History, entry: Entry): Link | undefined {
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
