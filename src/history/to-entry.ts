import type { CommitRecord } from '#apiserver'
import type { KubeObject } from '#machinery'
import { describeChange, describeState } from './describe/change.ts'
import { type EventFields, involvedObjectOf } from './describe/event.ts'
import type { LogEntry, Note } from './entry.ts'

/** Makes the entry of a write; the objects themselves are not kept. */
export function writeToEntry(record: CommitRecord, sequence: number): LogEntry {
  const { before, after, cause } = record
  const [resource = '', subresource = ''] = record.resource.split('/')
  const { words, paths } = describeChange(before, after)
  return {
    sequence,
    wallMs: record.wallMs,
    actor: cause?.actor ?? record.user,
    verb: record.verb,
    resource,
    subresource,
    key: record.key,
    kind: (after ?? before)?.kind ?? '',
    revision: record.revision,
    changes: words,
    paths,
    state: after ? describeState(after) : '',
    trigger: cause?.trigger ?? { kind: 'request' },
    routine: isRoutine(resource, words, paths),
    ...warningOf(after),
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

function warningOf(object: KubeObject | undefined): Pick<LogEntry, 'warnsOf'> {
  if (object?.kind !== 'Event' || (object as EventFields).type !== 'Warning') return {}
  return { warnsOf: involvedObjectOf(object as EventFields) }
}

/** Returns whether a write is a heartbeat: a renewed lease, or a node's conditions with new times only. */
function isRoutine(resource: string, words: readonly string[], paths: readonly string[]): boolean {
  const [only] = words
  if (words.length !== 1) return false
  if (resource === 'leases.coordination.k8s.io') return only === 'renewed'
  return resource === 'nodes' && paths.length === 1 && only === 'changed status.conditions'
}
