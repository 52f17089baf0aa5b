import {
  checkDns1123Label,
  checkDns1123Subdomain,
  duplicateField,
  type FieldError,
  fieldErrorMessage,
  fieldPath,
  invalidField,
} from '#machinery/validation'
import {
  type PodSecurityConfiguration,
  podSecurityDefaults,
} from '../plugins/pod-security/configuration.ts'
import {
  type LevelVersion,
  modes,
  parseLevel,
  parsePolicyVersion,
} from '../plugins/pod-security/levels.ts'
import { type Read, record, type SettingsRecord, textsOf, unknownKeys } from './records.ts'

/** A PodSecurityConfiguration (upstream: `ValidatePodSecurityConfiguration`). */
export function readPodSecurity(configuration: SettingsRecord): Read<PodSecurityConfiguration> {
  const errors: FieldError[] = []
  const defaults = record(configuration.defaults)
  const exemptions = record(configuration.exemptions)
  const read = (mode: (typeof modes)[number]): LevelVersion => ({
    level: valueAt(defaults, mode, { parse: parseLevel, byDefault: 'privileged', errors }),
    version: valueAt(defaults, `${mode}-version`, {
      ...{ parse: parsePolicyVersion, byDefault: 'latest', errors },
    }),
  })
  const [enforce, audit, warn] = modes.map(read)
  const value: PodSecurityConfiguration = {
    defaults: {
      enforce: enforce ?? podSecurityDefaults.defaults.enforce,
      audit: audit ?? podSecurityDefaults.defaults.audit,
      warn: warn ?? podSecurityDefaults.defaults.warn,
    },
    exemptions: {
      usernames: namesAt(exemptions, 'usernames', errors, (name) =>
        name === '' ? ['username must not be empty'] : [],
      ),
      namespaces: namesAt(exemptions, 'namespaces', errors, checkDns1123Label),
      runtimeClasses: namesAt(exemptions, 'runtimeClasses', errors, checkDns1123Subdomain),
    },
  }
  const unknown = [
    ...unknownKeys(
      defaults,
      modes.flatMap((mode) => [mode, `${mode}-version`]),
    ),
    ...unknownKeys(exemptions, ['usernames', 'namespaces', 'runtimeClasses']),
  ]
  const faults = unknown.map((key) => `unknown field "${key}"`)
  return { value, faults: [...faults, ...errors.map(fieldErrorMessage)] }
}

function valueAt<T extends string | number>(
  defaults: SettingsRecord,
  key: string,
  how: {
    readonly parse: (text: string) => T | { readonly fault: string }
    readonly byDefault: T
    readonly errors: FieldError[]
  },
): T {
  const text = defaults[key]
  if (text === undefined || text === '') return how.byDefault
  const parsed = how.parse(`${text}`)
  if (typeof parsed !== 'object') return parsed
  how.errors.push(invalidField(fieldPath('defaults', key), text, parsed.fault))
  return how.byDefault
}

function namesAt(
  exemptions: SettingsRecord,
  key: string,
  errors: FieldError[],
  check: (name: string) => readonly string[],
): readonly string[] {
  const names = textsOf(exemptions[key])
  for (const [i, name] of names.entries()) {
    const path = fieldPath('exemptions', key).index(i)
    const messages = check(name)
    if (messages.length > 0) errors.push(invalidField(path, name, messages.join(', ')))
    else if (names.indexOf(name) < i) errors.push(duplicateField(path, name))
  }
  return names
}
