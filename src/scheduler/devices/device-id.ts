/** Names a device of the whole cluster: `driver/pool/device`. Only the name of a pool may have slashes. */
export type DeviceId = string

interface DeviceName {
  readonly driver: string
  readonly pool: string
  readonly device: string
}

export function deviceIdOf({ driver, pool, device }: DeviceName): DeviceId {
  return `${driver}/${pool}/${device}`
}
