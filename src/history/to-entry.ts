import type { CommitRecord, RefusedRequest } from '#apiserver'
import { cutText } from '#lib'
import type { KubeObject } from '#machinery'
import { describeChange, describeState } from './describe/change.ts'
import { type EventFields, involvedObjectOf } from './describe/event.ts'
import type { LogEntry, Note } from './entries/entry.ts'

/** What one object says of itself may be as large as objects are; the log keeps no more of it. */
const maxWords = 100
const maxText = 2_000

/** Makes the entry of a write; the objects themselves are not kept. */
export function writeToEntry(record: CommitRecord, sequence: number): LogEntry {
  const { before, after, cause } = record
  const [resource = '', subresource = ''] = record.resource.split('/')
  const { words, paths } = describeChange(before, after)
  return {
    sequence,
    wallMs: record.wallMs,
    actor: cutText(cause?.actor ?? record.user, maxText),
    verb: record.verb,
    resource,
    subresource,
    key: record.key,
    kind: (after ?? before)?.kind ?? '',
    revision: record.revision,
    changes: words.slice(0, maxWords).map((each) => cutText(each, maxText)),
    paths,
    state: after ? cutText(describeState(after), maxText) : '',
    trigger: cause?.trigger ?? { kind: 'request' },
    routine: isRoutine(resource, words, paths),
    ...involvementOf(after),
  }
}

/** Makes the entry of a note. */
export function noteToEntry(note: Note, sequence: number): LogEntry {
  const { wallMs, actor, verb, resource = '', key = '', what, routine = false } = note
  return {
    ...{ sequence, wallMs, actor, verb, resource, subresource: '', key, kind: '' },
    ...{ changes: [what], paths: [], state: '', routine },
  }
}

/** The verb of the entries of refused requests. */
export const refusedVerb = 'refused'

/** Makes the entry of a refused request. What a component tries again after a conflict is routine. */
export function refusalToEntry(
  { wallMs, user, cause, verb, key, code, reason, message, ...refused }: RefusedRequest,
  sequence: number,
): LogEntry {
  const [resource = '', subresource = ''] = refused.resource.split('/')
  const because = message === '' ? '' : `: ${message}`
  return {
    ...{ sequence, wallMs, actor: cause?.actor ?? user, verb: refusedVerb },
    ...{ resource, subresource, key, kind: '' },
    changes: [`${verb}: ${code} ${reason}${because}`],
    ...{ paths: [], state: '', code },
    trigger: cause?.trigger ?? { kind: 'request' },
    routine: code === 409 && user.startsWith('system:'),
  }
}

function involvementOf(object: KubeObject | undefined): Pick<LogEntry, 'warnsOf' | 'involved'> {
  if (object?.kind !== 'Event') return {}
  // Cast: its kind says what it is.
  const event = object as EventFields
  const involved = involvedObjectOf(event)
  return event.type === 'Warning' ? { involved, warnsOf: involved } : { involved }
}

/** Returns whether a write is a heartbeat: a renewed lease, or a node's conditions with new times only. */
function isRoutine(resource: string, words: readonly string[], paths: readonly string[]): boolean {
  const [only] = words
  if (words.length !== 1) return false
  if (resource === 'leases.coordination.k8s.io') return only === 'renewed'
  return resource === 'nodes' && paths.length === 1 && only === 'changed status.conditions'
}
