import {
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  pathSegmentName,
  requiredField,
} from '#machinery/validation'
import type { APIService } from '../../../generated/types/index.ts'
import { ensure, invalidWith, requireValue } from '../../../shared/checks.ts'

type Spec = NonNullable<APIService['spec']>

/** The name, which is that of the group version, and the spec. */
export function validateApiService({ metadata, spec }: APIService): FieldErrors {
  const path = fieldPath('spec')
  const given: Spec = spec ?? { groupPriorityMinimum: 0, versionPriority: 0 }
  const { group = '', version = '', groupPriorityMinimum: priority, versionPriority } = given
  const between = (value: number, name: string, most: number) =>
    ensure(value > 0 && value <= most, () =>
      invalidField(path.child(name), value, `must be positive and less than ${most}`),
    )
  return [
    ...invalidWith(
      fieldPath('metadata', 'name'),
      metadata?.name,
      nameFaults(metadata?.name ?? '', `${version}.${group}`),
    ),
    ...ensure(group !== '' || version === 'v1', () =>
      requiredField(
        path.child('group'),
        'only v1 may have an empty group and it better be legacy kube',
      ),
    ),
    ...(group === '' ? [] : invalidWith(path.child('group'), group, checkDns1123Subdomain(group))),
    ...invalidWith(path.child('version'), version, checkDns1035Label(version)),
    ...between(priority, 'groupPriorityMinimum', 20_000),
    ...between(versionPriority, 'versionPriority', 1000),
    ...validateWhere(given, path),
  ]
}

function nameFaults(name: string, wanted: string): readonly string[] {
  const faults = pathSegmentName(name, false)
  if (faults.length > 0 || name === wanted) return faults
  return [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`]
}

function validateWhere(
  { service, caBundle = '', insecureSkipTLSVerify = false }: Spec,
  path: FieldPath,
): FieldErrors {
  const [bundle, insecure] = [path.child('caBundle'), path.child('insecureSkipTLSVerify')]
  if (!service) {
    const size = Buffer.from(caBundle, 'base64').length
    return [
      ...ensure(caBundle === '', () =>
        invalidField(bundle, `${size} bytes`, 'local APIServices may not have a caBundle'),
      ),
      ...ensure(!insecureSkipTLSVerify, () =>
        invalidField(insecure, true, 'local APIServices may not have insecureSkipTLSVerify'),
      ),
    ]
  }
  const { namespace, name, port = 0 } = service
  const at = path.child('service')
  const faults = checkPortNumber(port)
  return [
    ...requireValue(namespace, at.child('namespace')),
    ...requireValue(name, at.child('name')),
    ...ensure(faults.length === 0, () =>
      invalidField(at.child('port'), port, `port is not valid: ${faults.join(', ')}`),
    ),
    ...ensure(!insecureSkipTLSVerify || caBundle === '', () =>
      invalidField(insecure, true, 'may not be true if caBundle is present'),
    ),
  ]
}
