import type { CommitRecord } from '#apiserver'
import type { KubeObject } from '#machinery'
import { describeChange, describeState } from './describe/change.ts'
import { type ToldEvent, toldOf } from './describe/event.ts'
import type { Entry, Note } from './entry.ts'

/** What is kept of a write. The objects themselves are let go. */
export function summarize(record: CommitRecord, sequence: number): Entry {
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
    ...warning(after),
  }
}

export function entryOf(note: Note, sequence: number): Entry {
  const { wallMs, actor, verb, resource = '', key = '', what, routine = false } = note
  return {
    ...{ sequence, wallMs, actor, verb, resource, subresource: '', key, kind: '' },
    ...{ changes: [what], paths: [], state: '', routine },
  }
}

function warning(object: KubeObject | undefined): Pick<Entry, 'warnsOf'> {
  if (object?.kind !== 'Event' || (object as ToldEvent).type !== 'Warning') return {}
  return { warnsOf: toldOf(object as ToldEvent) }
}

/** A lease that is renewed, and a node that only says again that it is well. */
function isRoutine(resource: string, words: readonly string[], paths: readonly string[]): boolean {
  const [only] = words
  if (words.length !== 1) return false
  if (resource === 'leases.coordination.k8s.io') return only === 'renewed'
  return resource === 'nodes' && paths.length === 1 && only === 'changed status.conditions'
}
