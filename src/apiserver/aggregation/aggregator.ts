import { type APIService, apiServices } from '#api'
import { type Clock, type Logger, linkedAbort, messageOf } from '#lib'
import { deepEqual, type Stored, setCondition } from '#machinery'
import { isConflict, isNotFound } from '#machinery/status'
import type { ServerWriter } from '../admission/server-writer.ts'
import {
  checkRemote,
  type RemoteDocuments,
  type RemoteVersion,
  readDocuments,
} from './documents.ts'
import type { Reach } from './exchange.ts'
import { placeFault, servicePlaceOf, type Unavailability } from './place.ts'

/** A group version that another server answers for. */
export interface Remote extends RemoteVersion {
  readonly name: string
  readonly groupPriority: number
  readonly versionPriority: number
  readonly isAvailable: boolean
  /** What the server said when it was asked last; absent before it has answered once. */
  readonly documents: RemoteDocuments | undefined
}

/** The group versions that other servers answer for. */
export interface Aggregator extends Disposable {
  /** The other server of a group version; undefined where this one serves it. */
  find(group: string, version: string): Remote | undefined
  /** All of them. The same list until something is different. */
  readonly remotes: readonly Remote[]
}

/** What the aggregator stands on, and how it learns of changes. */
export interface AggregatorOptions extends Reach {
  readonly clock: Clock
  readonly log: Logger
  readonly writer: ServerWriter
  /** Calls back with the keys of what is written; without any where it may have been anything. */
  readonly onChange: (handler: (keys?: readonly string[]) => void) => Disposable
}

const own = '/registry/apiregistration.k8s.io/apiservices/'
const related = ['/registry/core/services/', '/registry/discovery.k8s.io/endpointslices/']

/** How often a server that answers is asked again, and how soon one that does not. */
const recheckMs = 30_000
const firstRetryMs = 1_000
const checkTimeoutMs = 6_000
const attempts = 5

/**
 * Follows APIServices: asks the servers behind them whether they are there, says so in their conditions,
 * and reads what they serve (upstream: kube-aggregator with its availability controllers).
 */
export function createAggregator(options: AggregatorOptions): Aggregator {
  return new Aggregation(options)
}

interface Check {
  retryMs: number
  isRunning: boolean
  isAsked: boolean
  timer: Disposable | undefined
}

class Aggregation implements Aggregator {
  readonly #options: AggregatorOptions
  readonly #following: Disposable
  readonly #stop = new AbortController()
  readonly #checks = new Map<string, Check>()
  readonly #documents = new Map<string, RemoteDocuments>()
  #table: ReadonlyMap<string, Remote> = new Map()
  #remotes: readonly Remote[] = []

  constructor(options: AggregatorOptions) {
    this.#options = options
    this.#following = options.onChange((keys) => this.#follow(keys))
    this.#read()
    for (const { name } of this.#remotes) this.#ask(name)
  }

  find(group: string, version: string): Remote | undefined {
    return this.#table.size === 0 ? undefined : this.#table.get(`${version}.${group}`)
  }

  get remotes(): readonly Remote[] {
    return this.#remotes
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]()
    this.#stop.abort()
    for (const { timer } of this.#checks.values()) timer?.[Symbol.dispose]()
  }

  #follow(keys: readonly string[] | undefined): void {
    if (!keys) {
      this.#read()
      for (const { name } of this.#remotes) this.#ask(name)
      return
    }
    const named = keys.filter((key) => key.startsWith(own)).map((key) => key.slice(own.length))
    if (named.length > 0) {
      this.#read()
      for (const name of named) this.#follows(name)
    }
    if (this.#table.size === 0) return
    const others = keys.filter((key) => related.some((prefix) => key.startsWith(prefix)))
    for (const { name, place } of this.#remotes) {
      const id = `/${place.namespace}/${place.name}`
      if (others.some((key) => key.includes(id))) this.#ask(name)
    }
  }

  /** One that has become local is available; one that is gone is forgotten. */
  #follows(name: string): void {
    if (this.#table.has(name)) {
      this.#ask(name)
      return
    }
    this.#checks.get(name)?.timer?.[Symbol.dispose]()
    this.#checks.delete(name)
    const service = this.#options.objects.get(apiServices, { name })
    if (service) void this.#record(service, 'True', localReason)
  }

  #read(): void {
    const found = this.#options.objects
      .list(apiServices)
      .flatMap((service) => this.#remoteOf(service))
    for (const name of this.#documents.keys()) {
      if (!found.some((each) => each.name === name)) this.#documents.delete(name)
    }
    if (deepEqual(found, this.#remotes)) return
    this.#remotes = Object.freeze(found)
    this.#table = new Map(found.map((each) => [each.name, each]))
  }

  #remoteOf(service: Stored<APIService>): readonly Remote[] {
    const { metadata, spec, status } = service
    const place = servicePlaceOf(service)
    if (!spec || !place) return []
    const documents = this.#documents.get(metadata.name)
    const condition = status?.conditions?.find(({ type }) => type === 'Available')
    const isAvailable = condition?.status === 'True'
    return [
      {
        name: metadata.name,
        group: spec.group ?? '',
        version: spec.version ?? '',
        groupPriority: spec.groupPriorityMinimum,
        versionPriority: spec.versionPriority,
        place,
        caBundle: spec.caBundle,
        isInsecure: spec.insecureSkipTLSVerify ?? false,
        isAvailable,
        documents: isAvailable ? documents : documents && staleOf(documents),
      },
    ]
  }

  /** Has a server asked, now or once the question that is on its way is answered. */
  #ask(name: string): void {
    const check = this.#checks.get(name) ?? {
      ...{ retryMs: firstRetryMs, isRunning: false, isAsked: false, timer: undefined },
    }
    this.#checks.set(name, check)
    check.isAsked = true
    if (!check.isRunning) void this.#run(name, check)
  }

  async #run(name: string, check: Check): Promise<void> {
    check.isRunning = true
    check.timer?.[Symbol.dispose]()
    let isGood = true
    while (check.isAsked && !this.#stop.signal.aborted) {
      check.isAsked = false
      isGood = await this.#check(name).catch((error) => {
        this.#options.log.warn('an APIService cannot be checked', { name, error: messageOf(error) })
        return false
      })
    }
    check.isRunning = false
    if (this.#stop.signal.aborted || this.#checks.get(name) !== check) return
    check.retryMs = isGood ? firstRetryMs : Math.min(2 * check.retryMs, recheckMs)
    const afterMs = isGood ? recheckMs : check.retryMs
    check.timer = this.#options.clock.timer(afterMs, () => this.#ask(name))
  }

  /** Whether the server has answered as it should. */
  async #check(name: string): Promise<boolean> {
    const remote = this.#table.get(name)
    if (!remote) return true
    const fault = placeFault(this.#options.objects, remote.place) ?? (await this.#question(remote))
    const service = this.#options.objects.get(apiServices, { name })
    if (service) await this.#record(service, fault ? 'False' : 'True', fault ?? passedReason)
    this.#read()
    return fault === undefined
  }

  /** Asks some times: one of several endpoints may be gone without anybody knowing yet. */
  async #question(remote: Remote): Promise<Unavailability | undefined> {
    let message = ''
    for (let attempt = 0; attempt < attempts; attempt++) {
      using limit = linkedAbort(this.#stop.signal)
      using _ = this.#options.clock.timer(checkTimeoutMs, () =>
        limit.abort(new Error(`timed out waiting for ${remote.name}`)),
      )
      try {
        const resources = await checkRemote(this.#options, remote, limit.signal)
        const documents = await readDocuments(this.#options, remote, resources, limit.signal)
        const known = this.#documents.get(remote.name)
        if (!deepEqual(known, documents)) this.#documents.set(remote.name, documents)
        return undefined
      } catch (error) {
        message = messageOf(error)
      }
      if (this.#stop.signal.aborted) break
    }
    return { reason: 'FailedDiscoveryCheck', message }
  }

  async #record(
    service: Stored<APIService>,
    status: 'True' | 'False',
    { reason, message }: Unavailability,
  ): Promise<void> {
    const held = service.status?.conditions ?? []
    const now = { type: 'Available', status, reason, message }
    const conditions = setCondition(held.map(whole), now, this.#options.clock.wallMs())
    if (deepEqual(conditions, held)) return
    try {
      const changed = { ...service, status: { ...service.status, conditions } }
      await this.#options.writer.updateStatus(apiServices, changed)
    } catch (error) {
      // Its change brings it back.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  }
}

const passedReason = { reason: 'Passed', message: 'all checks passed' }
const localReason = { reason: 'Local', message: 'Local APIServices are always available' }

type Condition = NonNullable<NonNullable<APIService['status']>['conditions']>[number]

function whole({ type = '', status = 'Unknown', ...rest }: Condition) {
  return { type, status, ...rest }
}

function staleOf(documents: RemoteDocuments): RemoteDocuments {
  return { ...documents, discovery: { ...documents.discovery, freshness: 'Stale' } }
}
