import { KnarrError, messageOf } from '#lib'
import { decodeYaml } from '#machinery/codec'
import type { PodSecurityConfiguration } from '../plugins/pod-security/configuration.ts'
import type { LimitedResource } from '../plugins/quota/charge.ts'
import { readPodSecurity } from './pod-security.ts'
import { record, type SettingsRecord, unknownKeys } from './records.ts'
import { readLimitedResources } from './resource-quota.ts'

/** What an AdmissionConfiguration says of the plugins that can be told anything, as plain data. */
export interface AdmissionSettings {
  readonly podSecurity?: PodSecurityConfiguration
  /** What may be had only where a ResourceQuota allows it. */
  readonly limitedResources?: readonly LimitedResource[]
}

const apiVersions = ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1']

/**
 * Reads a file for `--admission-control-config-file`, and with `readFile` those whose paths it names.
 * @throws KnarrError `BadAdmissionConfig`
 */
export function readAdmissionSettings(
  text: string,
  readFile: (path: string) => string,
): AdmissionSettings {
  const document = objectOf(text)
  if (
    document.kind !== 'AdmissionConfiguration' ||
    !apiVersions.includes(`${document.apiVersion}`)
  ) {
    throw bad(`no AdmissionConfiguration of ${apiVersions[0]}, but ${nameOf(document)}`)
  }
  refuseUnknown(document, ['apiVersion', 'kind', 'plugins'])
  const plugins = Array.isArray(document.plugins) ? document.plugins : []
  const read = plugins.map((each): AdmissionSettings => {
    const plugin = record(each)
    refuseUnknown(plugin, ['name', 'path', 'configuration'])
    const reader = readers[`${plugin.name}`]
    if (!reader) {
      const known = Object.keys(readers).join(' and ')
      throw bad(`the plugin ${plugin.name} cannot be configured, only ${known}`)
    }
    const own = plugin.configuration ?? contentOf(plugin.path, readFile)
    return reader(record(own))
  })
  return Object.assign({}, ...read)
}

const readers: Readonly<Record<string, (configuration: SettingsRecord) => AdmissionSettings>> = {
  PodSecurity(configuration) {
    requireKind(configuration, 'PodSecurityConfiguration', 'pod-security.admission.config.k8s.io/')
    refuseUnknown(configuration, ['apiVersion', 'kind', 'defaults', 'exemptions'])
    const { value, faults } = readPodSecurity(configuration)
    if (faults.length > 0) throw bad(faults.join('; '))
    return { podSecurity: value }
  },
  ResourceQuota(configuration) {
    const kinds = ['ResourceQuotaConfiguration', 'Configuration']
    const kind = kinds.find((each) => each === configuration.kind) ?? 'ResourceQuotaConfiguration'
    const group =
      kind === 'Configuration' ? 'resourcequota.admission.k8s.io/' : 'apiserver.config.k8s.io/'
    requireKind(configuration, kind, group)
    refuseUnknown(configuration, ['apiVersion', 'kind', 'limitedResources'])
    const { value, faults } = readLimitedResources(configuration)
    if (faults.length > 0) throw bad(faults.join('; '))
    return { limitedResources: value }
  },
}

function contentOf(path: unknown, readFile: (path: string) => string): SettingsRecord {
  if (typeof path !== 'string' || path === '') return {}
  return objectOf(readFile(path))
}

function objectOf(text: string): SettingsRecord {
  try {
    return record(decodeYaml(text)[0])
  } catch (error) {
    throw bad(messageOf(error))
  }
}

function requireKind(configuration: SettingsRecord, kind: string, group: string): void {
  const isRight = configuration.kind === kind && `${configuration.apiVersion}`.startsWith(group)
  if (!isRight) throw bad(`no ${kind} of ${group}v1, but ${nameOf(configuration)}`)
}

function refuseUnknown(object: SettingsRecord, known: readonly string[]): void {
  const unknown = unknownKeys(object, known)
  if (unknown.length > 0) throw bad(unknown.map((key) => `unknown field "${key}"`).join(', '))
}

function nameOf({ apiVersion, kind }: SettingsRecord): string {
  return `${kind ?? 'something'} of ${apiVersion ?? 'no version'}`
}

function bad(why: string): KnarrError {
  return new KnarrError('BadAdmissionConfig', `the admission configuration cannot be read: ${why}`)
}
