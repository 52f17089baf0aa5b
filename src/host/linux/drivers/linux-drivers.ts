import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#lib'
import type { DeviceDriver, HostDrivers } from '../../model/drivers.ts'
import { unlessMissing } from '../system/errors.ts'
import { connectPlugin, driverOver, type PluginClient } from './plugin-client.ts'
import type { DriverMessages } from './wire.ts'

type PluginInfo = DriverMessages['PluginInfo']

/** How often the folder is looked into. */
const lookMs = 1000
const registrationTimeoutMs = 10_000
const services: Readonly<Record<string, string>> = {
  'v1.DRAPlugin': 'v1',
  'v1beta1.DRAPlugin': 'v1beta1',
}
const registration = '/pluginregistration.Registration'

interface Plugin {
  readonly name: string
  readonly driver: DeviceDriver
  readonly client: PluginClient
}

/**
 * The drivers whose sockets stand in a folder (upstream: the plugin watcher over `plugins_registry`). Each is asked who
 * it is and told whether it was accepted; one that goes is forgotten.
 */
export function linuxDrivers(folder: string, clock: Clock): HostDrivers {
  /** By the path of the registration's socket; undefined for what is no driver of devices. */
  const known = new Map<string, Plugin | undefined>()

  const forget = (path: string) => {
    known.get(path)?.client.close()
    known.delete(path)
  }
  const look = async (signal: AbortSignal) => {
    const sockets = new Set(await socketsIn(folder))
    for (const path of known.keys()) if (!sockets.has(path)) forget(path)
    for (const path of sockets) {
      if (known.has(path)) continue
      const plugin = await register(path, clock, signal).catch((error: unknown) => {
        // It does not listen yet: it is asked again.
        if (signal.aborted) throw error
        return 'later' as const
      })
      if (plugin !== 'later') known.set(path, plugin)
    }
  }
  return {
    // Of several instances of a driver the one that came last counts, as in a rolling update.
    find: (name) => [...known.values()].findLast((plugin) => plugin?.name === name)?.driver,
    async run(signal) {
      try {
        for (;;) {
          await look(signal)
          await clock.sleep(lookMs, signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        for (const path of [...known.keys()]) forget(path)
      }
    },
  }
}

async function socketsIn(folder: string): Promise<readonly string[]> {
  const entries = await unlessMissing(() =>
    readdir(folder, { recursive: true, withFileTypes: true }),
  )
  return (entries ?? [])
    .filter((entry) => entry.isSocket() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Undefined for a plugin that was refused. */
async function register(
  path: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Plugin | undefined> {
  const client = connectPlugin(path, clock)
  const limits = { timeoutMs: registrationTimeoutMs, signal }
  try {
    const info = await client.call(
      `${registration}/GetInfo`,
      ['InfoRequest', {}],
      'PluginInfo',
      limits,
    )
    const accepted = acceptedVersion(info)
    const error = 'error' in accepted ? accepted.error : ''
    await client.call(
      `${registration}/NotifyRegistrationStatus`,
      ['RegistrationStatus', { pluginRegistered: error === '', error }],
      'RegistrationStatusResponse',
      limits,
    )
    if ('error' in accepted) return undefined
    const own = connectPlugin(info.endpoint || path, clock)
    return { name: info.name, driver: driverOver(own, accepted.version), client: own }
  } finally {
    client.close()
  }
}

/** Upstream's words for a plugin that the kubelet cannot do anything with. */
function acceptedVersion({
  type,
  name,
  endpoint,
  supportedVersions,
}: PluginInfo): { readonly version: string } | { readonly error: string } {
  if (type !== 'DRAPlugin') {
    return {
      error: `RegisterPlugin error -- no handler registered for plugin type: ${type} at socket ${endpoint}`,
    }
  }
  const service = Object.keys(services).find((each) => supportedVersions.includes(each))
  const version = service && services[service]
  if (version) return { version }
  const list = (all: readonly string[]) => `[${all.map((each) => JSON.stringify(each)).join(' ')}]`
  return {
    error: `RegisterPlugin error -- plugin registration failed with err: invalid supported gRPC versions of DRA driver plugin ${name} at endpoint ${endpoint}: none of services supported by the plugin (${list(supportedVersions)}) are supported by the kubelet (${list(Object.keys(services))})`,
  }
}
