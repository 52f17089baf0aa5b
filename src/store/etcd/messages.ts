import protobuf from 'protobufjs/light.js'

/**
 * The part of etcd's protocol (etcdserverpb and mvccpb of API version 3) that a store needs, by the
 * published field numbers. Fields that are not listed are skipped when they come in.
 */
const field = (id: number, type: string) => ({ id, type })
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' })

const descriptor: protobuf.INamespace = {
  nested: {
    KeyValue: {
      fields: {
        key: field(1, 'bytes'),
        createRevision: field(2, 'int64'),
        modRevision: field(3, 'int64'),
        version: field(4, 'int64'),
        value: field(5, 'bytes'),
      },
    },
    Event: {
      fields: {
        type: field(1, 'uint32'),
        kv: field(2, 'KeyValue'),
        prevKv: field(3, 'KeyValue'),
      },
    },
    StatusRequest: { fields: {} },
    StatusResponse: { fields: { version: field(2, 'string') } },
    Header: { fields: { revision: field(3, 'int64') } },
    RangeRequest: {
      fields: {
        key: field(1, 'bytes'),
        rangeEnd: field(2, 'bytes'),
        limit: field(3, 'int64'),
        revision: field(4, 'int64'),
        countOnly: field(9, 'bool'),
      },
    },
    RangeResponse: {
      fields: { header: field(1, 'Header'), kvs: list(2, 'KeyValue'), count: field(4, 'int64') },
    },
    PutRequest: {
      fields: {
        key: field(1, 'bytes'),
        value: field(2, 'bytes'),
        lease: field(3, 'int64'),
        prevKv: field(4, 'bool'),
      },
    },
    PutResponse: { fields: { prevKv: field(2, 'KeyValue') } },
    DeleteRequest: { fields: { key: field(1, 'bytes'), prevKv: field(3, 'bool') } },
    DeleteResponse: { fields: { prevKvs: list(3, 'KeyValue') } },
    RequestOp: {
      fields: {
        range: field(1, 'RangeRequest'),
        put: field(2, 'PutRequest'),
        delete: field(3, 'DeleteRequest'),
      },
    },
    ResponseOp: {
      fields: {
        range: field(1, 'RangeResponse'),
        put: field(2, 'PutResponse'),
        delete: field(3, 'DeleteResponse'),
      },
    },
    Compare: {
      fields: {
        result: field(1, 'uint32'),
        target: field(2, 'uint32'),
        key: field(3, 'bytes'),
        modRevision: field(6, 'int64'),
      },
    },
    TxnRequest: {
      fields: {
        compare: list(1, 'Compare'),
        success: list(2, 'RequestOp'),
        failure: list(3, 'RequestOp'),
      },
    },
    TxnResponse: {
      fields: {
        header: field(1, 'Header'),
        succeeded: field(2, 'bool'),
        responses: list(3, 'ResponseOp'),
      },
    },
    CompactionRequest: { fields: { revision: field(1, 'int64'), physical: field(2, 'bool') } },
    CompactionResponse: { fields: { header: field(1, 'Header') } },
    LeaseGrantRequest: { fields: { TTL: field(1, 'int64'), ID: field(2, 'int64') } },
    LeaseGrantResponse: { fields: { header: field(1, 'Header'), TTL: field(3, 'int64') } },
    WatchRequest: {
      fields: {
        create: field(1, 'WatchCreateRequest'),
        progress: field(3, 'WatchProgressRequest'),
      },
    },
    WatchCreateRequest: {
      fields: {
        key: field(1, 'bytes'),
        rangeEnd: field(2, 'bytes'),
        startRevision: field(3, 'int64'),
        prevKv: field(6, 'bool'),
        fragment: field(8, 'bool'),
      },
    },
    WatchProgressRequest: { fields: {} },
    WatchResponse: {
      fields: {
        header: field(1, 'Header'),
        created: field(3, 'bool'),
        canceled: field(4, 'bool'),
        compactRevision: field(5, 'int64'),
        cancelReason: field(6, 'string'),
        fragment: field(7, 'bool'),
        events: list(11, 'Event'),
      },
    },
  },
}

export interface KeyValue {
  readonly key: Uint8Array
  readonly createRevision: number
  readonly modRevision: number
  readonly version: number
  readonly value: Uint8Array
}

/** 0 for a put, 1 for a deletion, whose `kv` holds only the key and the revision. */
export interface WatchedEvent {
  readonly type: 0 | 1
  readonly kv: KeyValue
  readonly prevKv: KeyValue | null
}

interface Header {
  readonly revision: number
}

interface RangeRequest {
  readonly key: Uint8Array
  readonly rangeEnd?: Uint8Array
  readonly limit?: number
  /** 0 or none for the current one. */
  readonly revision?: number
  readonly countOnly?: boolean
}

interface RangeResponse {
  readonly header: Header
  readonly kvs: readonly KeyValue[]
  /** Of all keys in the range, also those beyond the limit. */
  readonly count: number
}

export interface RequestOp {
  readonly range?: RangeRequest
  readonly put?: {
    readonly key: Uint8Array
    readonly value: Uint8Array
    readonly lease?: number
    readonly prevKv: boolean
  }
  readonly delete?: { readonly key: Uint8Array; readonly prevKv: boolean }
}

export interface ResponseOp {
  readonly range: RangeResponse | null
  readonly put: { readonly prevKv: KeyValue | null } | null
  readonly delete: { readonly prevKvs: readonly KeyValue[] } | null
}

interface Compare {
  readonly result: number
  readonly target: number
  readonly key: Uint8Array
  readonly modRevision: number
}

export interface TxnResponse {
  readonly header: Header
  readonly succeeded: boolean
  readonly responses: readonly ResponseOp[]
}

export interface WatchRequest {
  readonly create?: {
    readonly key: Uint8Array
    readonly rangeEnd?: Uint8Array
    readonly startRevision: number
    readonly prevKv: boolean
    readonly fragment: boolean
  }
  readonly progress?: Record<string, never>
}

export interface WatchResponse {
  readonly header: Header
  readonly created: boolean
  readonly canceled: boolean
  /** Other than 0 when the watch was cancelled because its start has been compacted. */
  readonly compactRevision: number
  readonly cancelReason: string
  /** More of the same revisions follows. */
  readonly fragment: boolean
  readonly events: readonly WatchedEvent[]
}

/** What the calls take and give. */
export interface Calls {
  Status: {
    readonly request: Record<string, never>
    readonly response: { readonly version: string }
  }
  Range: { readonly request: RangeRequest; readonly response: RangeResponse }
  Txn: {
    readonly request: {
      readonly compare: readonly Compare[]
      readonly success: readonly RequestOp[]
      readonly failure: readonly RequestOp[]
    }
    readonly response: TxnResponse
  }
  Compact: {
    readonly request: { readonly revision: number; readonly physical: boolean }
    readonly response: { readonly header: Header }
  }
  LeaseGrant: {
    readonly request: { readonly TTL: number; readonly ID: number }
    readonly response: { readonly header: Header }
  }
}

interface CallNames {
  readonly path: string
  readonly request: string
  readonly response: string
}

export const calls: Readonly<Record<keyof Calls | 'Watch', CallNames>> = {
  Range: { path: '/etcdserverpb.KV/Range', request: 'RangeRequest', response: 'RangeResponse' },
  Txn: { path: '/etcdserverpb.KV/Txn', request: 'TxnRequest', response: 'TxnResponse' },
  Compact: {
    path: '/etcdserverpb.KV/Compact',
    request: 'CompactionRequest',
    response: 'CompactionResponse',
  },
  LeaseGrant: {
    path: '/etcdserverpb.Lease/LeaseGrant',
    request: 'LeaseGrantRequest',
    response: 'LeaseGrantResponse',
  },
  Status: {
    path: '/etcdserverpb.Maintenance/Status',
    request: 'StatusRequest',
    response: 'StatusResponse',
  },
  Watch: { path: '/etcdserverpb.Watch/Watch', request: 'WatchRequest', response: 'WatchResponse' },
}

const root = protobuf.Root.fromJSON(descriptor)

/** Revisions are counters, so they are exact as numbers; other 64-bit fields are not listed above. */
const plain: protobuf.IConversionOptions = { longs: Number, defaults: true, arrays: true }

export function encodeEtcd(typeName: string, message: object): Buffer {
  const type = root.lookupType(typeName)
  return Buffer.from(type.encode(type.fromObject(message)).finish())
}

export function decodeEtcd<T>(typeName: string, bytes: Uint8Array): T {
  const type = root.lookupType(typeName)
  return type.toObject(type.decode(bytes), plain) as T
}
