import type { Clock, Logger, MaybePromise, Random } from '#lib'
import type {
  ApiRequest,
  KubeObject,
  NodeConnector,
  Resource,
  ResourceRef,
  Stored,
  UserInfo,
} from '#machinery'
import type { OwnedType } from '#machinery/apply'
import type { ProtobufCodec } from '#machinery/codec'
import type { SchemaNode } from '#machinery/schema'
import type { Guard, Store, Write } from '#store'
import type { Actions } from '../actions/action.ts'
import type { AdmissionChain } from '../admission/chain.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Caches } from '../cache/caches.ts'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { RequestSpan } from '../spans/request-span.ts'
import type { CommitLog } from './commit-log.ts'
import type { AuditNotes } from './request-audit.ts'

/** What the handlers of every resource stand on. */
export interface RegistryServices {
  readonly store: Store
  readonly caches: Caches
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Asked where a request turns out to want more than its verb says. */
  readonly authorizer: Authorizer
  readonly admission: AdmissionChain
  /** The caches as plugins and actions read them. */
  readonly objects: ObjectReader
  readonly actions: Actions
  readonly protobuf: ProtobufCodec
  readonly nodes: NodeConnector
  /** The definition behind a reference; throws for what is not served. */
  readonly resourceOf: (ref: ResourceRef) => Resource
  readonly schemaOf: (typeName: string) => SchemaNode
  /** How objects of a type are owned, field by field. */
  readonly ownedTypeOf: (typeName: string) => OwnedType
  /** Gives a stored object its share of something scarce (cluster IPs, node ports). */
  readonly allocators: readonly Allocator[]
  readonly commitLog: CommitLog
  /** Kinds of which no object is stored, by resource and group: what there is, is found out when it is asked for. */
  readonly computed: Readonly<Record<string, () => Promise<readonly Stored[]>>>
}

/**
 * Hands out what may be had once only. A claim is a key of its own that is written in the same
 * commit as the object, so two servers can never give the same thing twice.
 */
export interface Allocator {
  handles(resource: Resource): boolean
  /** The object with what it was given, and what the commit must guard and write for it. */
  allocate(object: KubeObject, old: Stored | undefined, world: RegistryServices): Allocation
  /** What has to be given back with the object. */
  release(object: Stored): readonly Write[]
}

/** An object with what it was given, and what the commit needs for that. */
export interface Allocation {
  readonly object: KubeObject
  readonly guards: readonly Guard[]
  readonly writes: readonly Write[]
}

/** Resolves when others have had their turn. */
export type Turn = () => Promise<void>

/** Beyond so many bytes of a body the work on it is done in turns with others'. */
const longBodyBytes = 128 * 1024

/** How the work on a request gives way, which costs small ones nothing. */
export function turnOf({ body }: ApiRequest, clock: Clock): Turn | undefined {
  return body?.kind === 'bytes' && body.bytes.length > longBodyBytes
    ? () => clock.turn()
    : undefined
}

/** What comes next of the work on a request, after others' turn where the work is long. */
export function afterTurn<T>(
  { turn }: Pick<RequestScope, 'turn'>,
  next: () => MaybePromise<T>,
): MaybePromise<T> {
  return turn ? turn().then(next) : next()
}

/** One request at one resource. */
export interface RequestScope {
  readonly world: RegistryServices
  /** What the request named: maybe a view. */
  readonly resource: Resource
  /** What is stored: the resource itself, or what it is a view of. */
  readonly stored: Resource
  readonly request: ApiRequest
  readonly user: UserInfo
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly signal: AbortSignal
  /** Texts for Warning headers; handlers add to it. */
  readonly warnings: string[]
  /** Where the audit of the request is told of it; absent where nobody wants to know. */
  readonly audit?: AuditNotes | undefined
  /** The work on the request within its trace; absent where nothing is traced. */
  readonly span?: RequestSpan | undefined
  /** Gives way to others in the middle of work that is long; undefined where the request is small. */
  readonly turn: Turn | undefined
}

/**
 * Whose rules a request follows: those of what is stored; for a custom resource, those of the version
 * that is asked for, as each version has a schema and subresources of its own.
 */
export function rulesOf({ resource, stored }: Pick<RequestScope, 'resource' | 'stored'>): Resource {
  return resource.isCustom ? resource : stored
}
