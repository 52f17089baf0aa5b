import type { LogEntry } from '../entries/entry.ts'

/** The tracks of a timeline, in the order in which they are drawn. */
export const tracks = ['state', 'probe', 'signal', 'endpoint', 'request'] as const

/** Something that happened to a pod. */
export interface Moment {
  readonly wallMs: number
  /** `namespace/name`. */
  readonly pod: string
  readonly track: (typeof tracks)[number]
  readonly text: string
  /** How many of the same followed one another, for requests. */
  readonly count: number
  /** The entry of the event log that says so; of several requests the first. */
  readonly sequence: number
}

/** What happened to some pods, on one axis of time. */
export interface Timeline {
  /** The pods, each `namespace/name`, in the order in which they appear. */
  readonly pods: readonly string[]
  readonly moments: readonly Moment[]
}

/**
 * Puts what the event log has of pods on one axis: their states, their probes, what asks them to end,
 * their addresses in EndpointSlices and the requests that reached them.
 */
export function createTimeline(
  entries: readonly LogEntry[],
  isWanted: (pod: string) => boolean,
): Timeline {
  const addresses = new Map<string, string>()
  const moments: Moment[] = []
  for (const entry of entries) {
    for (const moment of momentsOf(entry, addresses)) {
      if (isWanted(moment.pod)) addMoment(moments, moment)
    }
  }
  return { pods: [...new Set(moments.map(({ pod }) => pod))], moments }
}

/** Finds the pods whose addresses a Service `namespace/name` ever had in its EndpointSlices. */
export function podsBehind(entries: readonly LogEntry[], service: string): ReadonlySet<string> {
  const addresses = new Map<string, string>()
  const found = new Set<string>()
  for (const { resource, key, changes } of entries) {
    if (resource === 'pods') {
      for (const change of changes) rememberAddress(change, key, addresses)
    }
    if (resource !== slices || !key.startsWith(`${service}-`)) continue
    for (const change of changes) {
      const pod = addresses.get(change.split(' ', 1)[0] ?? '')
      if (pod !== undefined) found.add(pod)
    }
  }
  return found
}

const slices = 'endpointslices.discovery.k8s.io'

/** Requests that come to the same, one after another, are one moment with a count. */
function addMoment(moments: Moment[], moment: Moment): void {
  const index = moments.findLastIndex(
    ({ pod, track }) => pod === moment.pod && (track === 'request' || track === 'state'),
  )
  const last = moments[index]
  if (moment.track === 'request' && last?.track === 'request' && last.text === moment.text) {
    moments[index] = { ...last, count: last.count + 1 }
  } else {
    moments.push(moment)
  }
}

function momentsOf(entry: LogEntry, addresses: Map<string, string>): readonly Moment[] {
  const { wallMs, resource, key, changes, verb, involved, sequence } = entry
  const moment = (pod: string, track: Moment['track'], text: string): Moment => ({
    ...{ wallMs, pod, track, text, sequence },
    count: 1,
  })
  if (verb === 'refused') return []
  if (resource === 'pods' && entry.revision !== undefined) {
    for (const change of changes) rememberAddress(change, key, addresses)
    return changes.flatMap((text) =>
      belongsOnTimeline(text) ? [moment(key, trackOf(text), text)] : [],
    )
  }
  if (resource === 'pods') {
    return changes.map((text) => moment(key, verb === 'request' ? 'request' : 'signal', text))
  }
  if (resource === slices) {
    return changes.flatMap((text) => {
      const pod = addresses.get(text.split(' ', 1)[0] ?? '')
      return pod === undefined ? [] : [moment(pod, 'endpoint', text)]
    })
  }
  if (!involved?.startsWith('Pod/')) return []
  const track = changes.map(eventTrack).find((each) => each !== undefined)
  return track ? [moment(involved.slice('Pod/'.length), track, changes.at(-1) ?? '')] : []
}

/** Whose an address is, as long as no later pod has it. */
function rememberAddress(change: string, pod: string, addresses: Map<string, string>): void {
  const [, address] = /^pod IP (?:\S+ → )?(\S+)$/.exec(change) ?? []
  if (address !== undefined && address !== 'none') addresses.set(address, pod)
}

/** Of the conditions only the one that endpoints follow is told. */
function belongsOnTimeline(text: string): boolean {
  return !text.startsWith('condition ') || text.startsWith('condition Ready ')
}

function trackOf(text: string): Moment['track'] {
  return /^(deletion requested|grace seconds)/.test(text) ? 'signal' : 'state'
}

/** What Events of a kubelet say of probes, and of what ends a container. */
function eventTrack(text: string): Moment['track'] | undefined {
  const [, reason = ''] = /^(?:Normal|Warning) (\w+) of Pod\//.exec(text) ?? []
  if (reason === 'Unhealthy' || reason === 'ProbeWarning') return 'probe'
  const ends = ['Killing', 'Preempting', 'Evicted', 'FailedPreStopHook', 'FailedPostStartHook']
  return ends.includes(reason) ? 'signal' : undefined
}
