import type { Cause } from './cause.ts'
import type { Encoded } from './encoded.ts'
import type { KubeObject, Stored } from './object.ts'

/**
 * The user who asks, as authentication found them. Extra values are what RBAC and audit see besides
 * name and groups.
 */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/**
 * A request to the API, free of any wire: the HTTPS front end makes one from bytes, the in-process
 * transport makes one from values. Both pass through the same pipeline.
 */
export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  /** Path without the query, percent-encoded as it came: `/api/v1/namespaces/default/pods/web`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Path and query exactly as they came, for the audit; absent where they came by no wire. */
  readonly uri?: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * The values one by one of headers that came more than once, which `headers` joins by commas. A
   * header that is not in here has one value.
   */
  readonly headerValues?: Readonly<Record<string, readonly string[]>>
  readonly body?: ApiRequestBody
  /**
   * Reads the body of a request that has come without it: only who may ask has it read. The same
   * promise each time; rejects with a StatusError (413, 429) where the body is refused.
   */
  readonly readBody?: () => Promise<Uint8Array | undefined>
  /**
   * Takes what is to be called once the answer has been sent, with the bytes of its body. Absent: nobody
   * knows when that is.
   */
  readonly whenSent?: (done: (bytes: number) => void) => void
  /** Set by a trusted transport in this process; otherwise the authenticators find it. */
  readonly user?: UserInfo
  /** Set with `user` for a client outside, whom a transport has authenticated already. */
  readonly isFromOutside?: true
  /** What the TLS layer proved about the client: the certificate's subject, already verified. */
  readonly clientCertificate?: {
    readonly commonName: string
    readonly organizations: readonly string[]
  }
  /** The same of one who speaks for users, whose certificate the authority for that has signed. */
  readonly frontProxyCertificate?: { readonly commonName: string }
  /** `address:port` of the client, for logs and audit. */
  readonly remoteAddress?: string
  readonly cause?: Cause
}

type ApiRequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A value handed over in process; the pipeline freezes it and never copies it. */
  | { readonly kind: 'value'; readonly value: unknown }

/** An answer of the API: the status, the headers and a body that is not yet bytes. */
export interface ApiResponse {
  readonly status: number
  /** Names in lower case. `content-type` is set by the front end from the body's kind. */
  readonly headers: Readonly<Record<string, string>>
  /** Texts for RFC 7234 `Warning: 299 - "…"` headers. */
  readonly warnings?: readonly string[]
  readonly body: ApiResponseBody
  /** Is told the size of each event of a watch that is sent somewhere else. */
  readonly eventSent?: (bytes: number) => void
}

/** The body of an answer, in the form that whoever asked in the same process can use as it is. */
export type ApiResponseBody =
  | { readonly kind: 'none' }
  /** One object: stored, or made for this answer (Status, Table, SelfSubjectAccessReview…). */
  | {
      readonly kind: 'object'
      readonly value: Encoded
      /** Where `application/json` alone does not say enough of it. */
      readonly contentType?: string
    }
  /** A list; the front end joins the items' bytes without decoding them. */
  | {
      readonly kind: 'list'
      readonly apiVersion: string
      readonly listKind: string
      readonly metadata: ListMeta
      readonly items: readonly Encoded<Stored>[]
    }
  /** A watch; ends when the iteration ends. Leaving the iteration stops the watch. */
  | { readonly kind: 'watch'; readonly events: AsyncIterable<WatchFrame> }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly bytes: Uint8Array }
  /**
   * A long body that is encoded while it is sent: the front end asks for a piece at a time, so that
   * nothing holds all of them, and others have their turn between two. Asking never fails.
   */
  | {
      readonly kind: 'pieces'
      readonly contentType: string
      readonly pieces: Iterable<Uint8Array>
    }
  /** A body of unknown length, such as a followed log. */
  | {
      readonly kind: 'stream'
      readonly contentType: string
      readonly chunks: AsyncIterable<Uint8Array>
    }

/** The metadata of a list (metav1.ListMeta): its revision, and where it goes on. */
export interface ListMeta {
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** The types of the events that a watch sends. */
export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/** One watch event; the object is shared by all watchers, and so are its bytes. */
export interface WatchFrame {
  readonly type: WatchEventType
  readonly object: Encoded<KubeObject>
}

/** The API itself, as anything in this process sees it. Never throws for an answerable request. */
export type ApiHandler = (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>
