import { andThen, finishing, type MaybePromise, onAbort } from '#lib'
import type { ApiRequest, ApiResponse, KubeObject, UserInfo } from '#machinery'
import { decodeCbor, decodeYamlBody } from '#machinery/codec'
import { internalError } from '#machinery/status'
import { authorizationAttributesOf } from '../filters/authorization.ts'
import { mediaTypeOf } from '../request/media-type.ts'
import type { AuditNotes, RequestAudit } from '../request/request-audit.ts'
import type { RequestInfo } from '../request/request-info.ts'
import {
  type AuditedReference,
  eventLine,
  type ResponseStatus,
  referenceIn,
  withoutFieldRecords,
} from './event.ts'
import { type AuditConfig, type AuditStage, auditLevels } from './policy.ts'
import type { AuditWorld } from './sink.ts'

/** The audit of a request of this process that no policy asks for. */
export const unaudited: RequestAudit = Object.freeze<RequestAudit>({
  id: '',
  notes: undefined,
  authenticated: () => undefined,
  unauthenticated: () => undefined,
  panicked: () => undefined,
  answered: (response) => response,
  upgraded: () => undefined,
})

/** Begins the audit of a request. */
export function openTrail(world: AuditWorld, request: ApiRequest, id: string): RequestAudit {
  return new Trail(world, request, id)
}

/** Requests whose answer goes on (upstream: `BasicLongRunningRequestCheck`). */
function isLongRunning(info: RequestInfo): boolean {
  if (info.verb === 'watch') return true
  return info.kind === 'resource' && longSubresources.has(info.subresource)
}

const longSubresources: ReadonlySet<string> = new Set([
  'attach',
  'exec',
  'log',
  'portforward',
  'proxy',
])

/** A class, since every request has one where there is an audit: its methods are shared. */
class Trail implements RequestAudit {
  readonly #world: AuditWorld
  readonly #request: ApiRequest
  readonly id: string
  readonly #receivedMs: number
  readonly #annotations = new Map<string, string>()
  #config: AuditConfig | undefined
  #notes: AuditNotes | undefined
  #info: RequestInfo | undefined
  #user: UserInfo | undefined
  #impersonated: UserInfo | undefined
  #objectRef: AuditedReference | undefined
  #status: ResponseStatus | undefined
  #requestObject: unknown
  #responseObject: unknown
  #isPanic = false

  constructor(world: AuditWorld, request: ApiRequest, id: string) {
    this.#world = world
    this.#request = request
    this.id = id
    this.#receivedMs = world.clock.wallMs()
  }

  get notes(): AuditNotes | undefined {
    return this.#notes
  }

  authenticated(info: RequestInfo, user: UserInfo): MaybePromise<void> {
    this.#begin(info, user)
    return andThen(this.#record('RequestReceived', this.#receivedMs), (isTaken) => {
      if (isTaken) return
      this.#forget()
      this.#world.recording?.rejected.increase()
      throw internalError('failed to store audit event')
    })
  }

  unauthenticated(info: RequestInfo): void {
    this.#begin(info, undefined)
  }

  panicked(message: string): void {
    this.#isPanic = true
    this.#status = {
      status: 'Failure',
      message: `APIServer panic'd: ${message}`,
      reason: 'InternalError',
      code: 500,
    }
  }

  answered(given: ApiResponse, signal: AbortSignal): MaybePromise<ApiResponse> {
    const response = this.#withId(given)
    const info = this.#info
    if (!this.#config || !info) return response
    if (this.#isPanic) return andThen(this.#record('Panic'), () => response)
    this.#look(response)
    this.#status = { ...this.#status, code: response.status }
    // Who asks is not known: upstream records the beginning of the refusal, and that is all.
    if (!this.#user) return andThen(this.#record('ResponseStarted'), () => response)
    const started = isLongRunning(info) ? this.#record('ResponseStarted') : true
    return andThen(started, () => this.#completed(response, signal))
  }

  upgraded(signal: AbortSignal): MaybePromise<void> {
    if (!this.#config) return
    this.#status = { ...this.#status, code: 101 }
    return andThen(this.#record('ResponseStarted'), () => void this.#ending(signal))
  }

  #begin(info: RequestInfo, user: UserInfo | undefined): void {
    const { recording } = this.#world
    if (!recording) return
    const asked = authorizationAttributesOf(info, user ?? nobody, this.#request.query)
    const config = recording.evaluate(asked, user)
    recording.levels(config.level).increase()
    if (config.level === 'None') return
    this.#config = config
    this.#info = info
    this.#user = user
    this.#objectRef = referenceIn(asked)
    this.#notes = this.#notesOf(config)
  }

  #forget(): void {
    this.#config = undefined
    this.#notes = undefined
  }

  #notesOf(config: AuditConfig): AuditNotes {
    const keepsRequest = auditLevels.indexOf(config.level) >= auditLevels.indexOf('Request')
    const keepsResponse = config.level === 'RequestResponse'
    const bare = (value: object) => (config.omitManagedFields ? withoutFieldRecords(value) : value)
    return {
      annotate: (key, value, level) => {
        if (level !== 'Request' || keepsRequest) this.#annotate(key, value)
      },
      impersonated: (user) => {
        this.#impersonated = user
      },
      requestObject: (object, withDefaults = (same) => same) => {
        this.#refer(object)
        if (keepsRequest) this.#requestObject = bare(withDefaults(object))
      },
      requestPatch: (body) => {
        if (keepsRequest) this.#requestObject = patchOf(this.#request, body)
      },
      responseObject: (object) => {
        if (object.kind === 'Status') this.#status = boundedStatus(object)
        if (keepsResponse) this.#responseObject = bare(object)
      },
      responseList: (make) => {
        if (keepsResponse) this.#responseObject = bare(make())
      },
    }
  }

  #annotate(key: string, value: string): void {
    const held = this.#annotations.get(key)
    if (held === undefined) this.#annotations.set(key, value)
    else if (held !== value) {
      const fields = { auditID: this.id, key, value, held }
      this.#world.log.warn('an audit annotation has been set to something else', fields)
    }
  }

  /** What the path does not say of the object, the object itself does. */
  #refer({ metadata }: KubeObject): void {
    const reference = this.#objectRef
    if (!reference || !metadata) return
    for (const part of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
      const own = metadata[part]
      if (own && !reference[part]) reference[part] = own
    }
  }

  /** What is said without a resource behind it, refusals above all, nobody has noted. */
  #look({ status, body }: ApiResponse): void {
    if (body.kind !== 'object' || this.#responseObject !== undefined) return
    if (status >= 400 || this.#info?.kind === 'path') this.#notes?.responseObject(body.value.object)
  }

  #withId(response: ApiResponse): ApiResponse {
    if (response.headers['audit-id'] !== undefined) return response
    return { ...response, headers: { ...response.headers, 'audit-id': this.id } }
  }

  #completed(response: ApiResponse, signal: AbortSignal): MaybePromise<ApiResponse> {
    const { body } = response
    if (body.kind !== 'watch' && body.kind !== 'stream') {
      return andThen(this.#record('ResponseComplete'), () => response)
    }
    const end = this.#ending(signal)
    return body.kind === 'watch'
      ? { ...response, body: { ...body, events: finishing(body.events, end) } }
      : { ...response, body: { ...body, chunks: finishing(body.chunks, end) } }
  }

  /** What ends a long answer; so does `signal`: who leaves at once may begin no iteration. */
  #ending(signal: AbortSignal): () => void {
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      leaving[Symbol.dispose]()
      void this.#record('ResponseComplete')
    }
    const leaving = onAbort(signal, end)
    if (signal.aborted) end()
    return end
  }

  /** Hands a stage to the sink, unless the policy leaves it out. */
  #record(stage: AuditStage, stageMs = this.#world.clock.wallMs()): MaybePromise<boolean> {
    const { recording } = this.#world
    const config = this.#config
    if (!recording || !config || config.omitStages.has(stage)) return true
    recording.events.increase()
    return recording.sink.write(
      eventLine({
        level: config.level,
        auditId: this.id,
        stage,
        request: this.#request,
        verb: this.#info?.verb ?? '',
        user: this.#user,
        impersonatedUser: this.#impersonated,
        objectRef: this.#objectRef,
        responseStatus: this.#status,
        requestObject: this.#requestObject,
        responseObject: this.#responseObject,
        receivedMs: this.#receivedMs,
        stageMs,
        annotations: this.#annotations,
      }),
    )
  }
}

const nobody: UserInfo = { name: '', groups: [] }

/** Those fields of a Status that have a bound. */
function boundedStatus(object: KubeObject): ResponseStatus {
  // Cast: it says of itself that it is a Status.
  const { status, message, reason, details, code } = object as KubeObject & ResponseStatus
  return {
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    ...(reason !== undefined && { reason }),
    ...(details !== undefined && { details }),
    ...(code !== undefined && { code }),
  }
}

/** A patch as JSON; one that cannot be read is refused later, and is shown as the text that it is. */
function patchOf({ headers }: ApiRequest, body: ApiRequest['body']): unknown {
  if (!body) return undefined
  if (body.kind === 'value') return body.value
  const text = Buffer.from(body.bytes).toString('utf8')
  try {
    return mediaTypeOf({ headers }).endsWith('+cbor')
      ? decodeCbor(body.bytes)
      : decodeYamlBody(text).value
  } catch {
    return text
  }
}
