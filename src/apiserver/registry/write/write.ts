import type { MaybePromise } from '#lib'
import type { Encoded, KubeObject, Stored } from '#machinery'
import type { Guard, Write as StoreWrite } from '#store'
import type { AdmissionAttributes, AdmissionContext } from '../../admission/admission.ts'
import type { AdmissionChain } from '../../admission/chain.ts'
import type { RequestScope } from '../../request/resource-request.ts'

/** What plugins can be asked about: an object on its way to be stored, to act or to connect. */
export interface Admissible {
  readonly admission: AdmissionChain
  readonly context: AdmissionContext
  /** What plugins are told apart from the object, which changes on the way. */
  readonly attributes: AdmissionAttributes
  /** The object as far as the stages have come. */
  readonly object: KubeObject
  /** Whether a plugin has changed the object. */
  readonly isMutated?: boolean
}

/** The write of an object on its way through the stages, each of which gives a new one. */
export interface ObjectWrite extends Admissible {
  readonly scope: RequestScope
  /**
   * What the client sent, with defaults, where a webhook has made an object of the stored version of it: the webhook
   * may hide what is wrong with it.
   */
  readonly sent?: KubeObject
  /** Who makes the write: a client's server-side apply has set the managed fields itself. */
  readonly origin: 'client' | 'apply'
  /** The stored object that is updated; undefined for a create. */
  readonly existing: Encoded<Stored> | undefined
  /** Makes of the existing object what the request wants, in the request's version; may refuse. */
  readonly decode: (existing: Encoded<Stored> | undefined) => MaybePromise<KubeObject>
  /** Asks whether the user may do what the verb of the request does not say: create by PUT or apply. */
  readonly permit?: (() => MaybePromise<void>) | undefined
  /** What the allocators need guarded and written in the same commit. */
  readonly guards: readonly Guard[]
  readonly writes: readonly StoreWrite[]
  /** What has become of it; set by the last stage. */
  readonly outcome?: Outcome
}

/** What has become of a change. */
export type Outcome =
  | { readonly kind: 'done'; readonly object: Encoded<Stored> }
  /** Somebody else wrote first. `ownKey` is false when a guard of an allocation failed. */
  | {
      readonly kind: 'conflict'
      readonly current: Encoded<Stored> | undefined
      readonly ownKey: boolean
    }
