import { events, type Pod, pods } from '#api'
import { connectToCluster } from '#cluster'
import type { Stored } from '#machinery'

/**
 * What a pod went through, each aspect as a sequence without repeats. Aspects are kept apart because
 * how many of them one status write takes together depends on the speed of the machine.
 */
export interface Trace {
  readonly aspects: Readonly<Record<string, readonly string[]>>
  /** By who tells them, in the order in which each was told first: `Normal Pulled: …`. */
  readonly events: Readonly<Record<string, readonly string[]>>
}

/** Follows all pods of the default namespace from now on. */
export interface Recorder extends AsyncDisposable {
  /** By the pod's name; those of a controller's pods together under their label `app`. */
  traces(): Readonly<Record<string, readonly Trace[]>>
}

interface Recording {
  group: string
  isLeaving: boolean
  readonly aspects: Map<string, string[]>
  readonly events: Map<string, Set<string>>
}

/** Watches a cluster over its real API; `connect` finds it by its data directory. */
export async function recordPods(dataDir: string): Promise<Recorder> {
  const connection = connectToCluster(dataDir)
  const { client } = connection
  const stop = new AbortController()
  const found = new Map<string, Recording>()
  const recordingOf = (name: string): Recording => {
    const known = found.get(name)
    if (known) return known
    const made: Recording = {
      group: name,
      isLeaving: false,
      aspects: new Map(),
      events: new Map(),
    }
    found.set(name, made)
    return made
  }
  const namespace = 'default'
  // What begins before these are answered is not followed: a fast cluster would be half through.
  const [fromPod, fromEvent] = await Promise.all([
    client.list(pods, { namespace }),
    client.list(events, { namespace }),
  ])
  const follow = async () => {
    const { resourceVersion } = fromPod
    for await (const event of client.watch(pods, { namespace, resourceVersion }, stop.signal)) {
      if (event.type !== 'BOOKMARK') note(recordingOf(event.object.metadata.name), event.object)
    }
  }
  const followEvents = async () => {
    const { resourceVersion } = fromEvent
    for await (const event of client.watch(events, { namespace, resourceVersion }, stop.signal)) {
      if (event.type === 'BOOKMARK' || event.object.involvedObject.kind !== 'Pod') continue
      const {
        involvedObject,
        source,
        reportingComponent,
        type,
        reason,
        message = '',
      } = event.object
      const { isLeaving, events: recorded } = recordingOf(involvedObject.name ?? '')
      // Whether a probe meets the end of its container is a matter of milliseconds.
      if (isLeaving && reason === 'Unhealthy') continue
      const teller = source?.component || reportingComponent || ''
      // A simulation says so where it guesses; there is nothing like it in reality.
      if (teller === 'simulation') continue
      const line = `${type} ${reason}: ${general(message)}`
      recorded.set(teller, (recorded.get(teller) ?? new Set()).add(line))
    }
  }
  const following = Promise.allSettled([follow(), followEvents()])
  return {
    traces: () => {
      const groups = Map.groupBy(found.values(), ({ group }) => group)
      return Object.fromEntries([...groups].map(([name, each]) => [name, each.map(traceOf)]))
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
      connection[Symbol.dispose]()
    },
  }
}

function traceOf({ aspects, events: seen }: Recording): Trace {
  const byTeller = [...seen].map(([teller, lines]) => [teller, [...lines]] as const)
  return {
    aspects: Object.fromEntries([...aspects].toSorted()),
    events: Object.fromEntries(byTeller.toSorted()),
  }
}

function note(recording: Recording, { metadata, status = {} }: Stored<Pod>): void {
  const { aspects } = recording
  recording.isLeaving ||= metadata.deletionTimestamp !== undefined
  recording.group = metadata.generateName ? (metadata.labels?.app ?? '') : metadata.name
  const add = (aspect: string, value: string) => {
    const sequence = aspects.get(aspect) ?? []
    aspects.set(aspect, sequence)
    if (sequence.at(-1) !== value) sequence.push(value)
  }
  add('phase', described(status.phase, status))
  // The order says who wrote first: the scheduler or the kubelet.
  add('conditions', (status.conditions ?? []).map(({ type }) => type).join(' '))
  for (const condition of status.conditions ?? []) {
    add(`condition ${condition.type}`, described(condition.status, condition))
    add(`fields of ${condition.type}`, fieldsOf(condition))
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  for (const container of containers) {
    const { name, state = {}, lastState = {}, ready, restartCount, image, imageID } = container
    add(`${name} fields`, fieldsOf(container))
    add(`${name} image`, general(`${image} ${imageID}`))
    add(`${name} before`, stateOf(lastState))
    add(`${name} ready`, String(ready))
    add(`${name} restarts`, String(restartCount))
    add(`${name} state`, stateOf(state))
  }
}

type ContainerState = NonNullable<
  NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state']
>

function stateOf({ waiting, running, terminated }: ContainerState): string {
  if (running) return 'running'
  if (terminated) return described(`terminated ${terminated.exitCode}`, terminated)
  return waiting ? described('waiting', waiting) : ''
}

interface Reasoned {
  readonly reason?: string
  readonly message?: string
}

function described(what: string | undefined, { reason = '', message = '' }: Reasoned): string {
  return [what, reason, general(message)].filter((part) => part).join(' | ')
}

/** What there is to see in `-o yaml`. Older runtimes do not tell the user. */
function fieldsOf(object: object): string {
  const names = Object.keys(object).filter((name) => name !== 'user' && name !== 'reason')
  return names.toSorted().join(' ')
}

/** A message without what differs between any two runs: names, addresses, times, sizes, nodes. */
function general(message: string): string {
  return (
    message
      .replace(/ to \S+$/, ' to NODE')
      // What a registry says is its own affair.
      .replace(/(Failed to pull image "[^"]+": |rpc error: )(.*failed to pull .*)/s, '$1WHY')
      // Of pods that a controller made. First: `5624s` may be the end of a name.
      .replace(/-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, '-HASH')
      .replace(/\b\d+(\.\d+)?(ms|s|m)\b/g, 'TIME')
      .replace(/\b\d+ bytes/g, 'N bytes')
      .replace(/\b(\d{1,3}\.){3}\d{1,3}\b/g, 'IP')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
      .replace(/[0-9a-f]{64}/g, 'ID')
  )
}
