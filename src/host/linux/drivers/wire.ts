import protobuf from 'protobufjs/light.js'

const text = { type: 'string' } as const
// Cast: what is added is the type, and how often.
const field = (id: number, more: object = text) => ({ ...more, id }) as protobuf.IField
const many = (type: string) => ({ rule: 'repeated', type })

/** The messages of Kubernetes' `pluginregistration` and of its `DRAPlugin`, whose versions agree in all that is used. */
const root = protobuf.Root.fromJSON({
  nested: {
    InfoRequest: { fields: {} },
    PluginInfo: {
      fields: {
        type: field(1),
        name: field(2),
        endpoint: field(3),
        supportedVersions: field(4, many('string')),
      },
    },
    RegistrationStatus: {
      fields: { pluginRegistered: field(1, { type: 'bool' }), error: field(2) },
    },
    RegistrationStatusResponse: { fields: {} },
    Claim: { fields: { namespace: field(1), uid: field(2), name: field(3) } },
    Claims: { fields: { claims: field(1, many('Claim')) } },
    Device: {
      fields: {
        requestNames: field(1, many('string')),
        poolName: field(2),
        deviceName: field(3),
        cdiDeviceIds: field(4, many('string')),
      },
    },
    Prepared: { fields: { devices: field(1, many('Device')), error: field(2) } },
    AllPrepared: { fields: { claims: field(1, { keyType: 'string', type: 'Prepared' }) } },
    Unprepared: { fields: { error: field(1) } },
    AllUnprepared: { fields: { claims: field(1, { keyType: 'string', type: 'Unprepared' }) } },
  },
})

/** The messages by what they hold. */
export interface DriverMessages {
  readonly InfoRequest: object
  readonly PluginInfo: {
    readonly type: string
    readonly name: string
    readonly endpoint: string
    readonly supportedVersions: readonly string[]
  }
  readonly RegistrationStatus: { readonly pluginRegistered: boolean; readonly error: string }
  readonly RegistrationStatusResponse: object
  readonly Claims: {
    readonly claims: readonly {
      readonly namespace: string
      readonly uid: string
      readonly name: string
    }[]
  }
  readonly AllPrepared: {
    readonly claims: Readonly<
      Record<
        string,
        {
          readonly devices: readonly {
            readonly requestNames: readonly string[]
            readonly poolName: string
            readonly deviceName: string
            readonly cdiDeviceIds: readonly string[]
          }[]
          readonly error: string
        }
      >
    >
  }
  readonly AllUnprepared: { readonly claims: Readonly<Record<string, { readonly error: string }>> }
}

export function encodeDriver<M extends keyof DriverMessages>(
  name: M,
  message: DriverMessages[M],
): Buffer {
  const type = root.lookupType(name)
  return Buffer.from(type.encode(type.fromObject(message)).finish())
}

export function decodeDriver<M extends keyof DriverMessages>(
  name: M,
  bytes: Uint8Array,
): DriverMessages[M] {
  const type = root.lookupType(name)
  const plain = { defaults: true, arrays: true, objects: true }
  // Cast: the fields are those of the message.
  return type.toObject(type.decode(bytes), plain) as DriverMessages[M]
}
