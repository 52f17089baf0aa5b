import { formatLabelSelector, validateLabelSelector } from '#machinery/selectors'
import {
  checkPortName,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateCidr,
} from '#machinery/validation'
import { protocols } from '../../../core/v1/pod/validation/ports.ts'
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '../../../generated/types/networking-v1.ts'
import { change, changeMember, fillAbsent, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** NetworkPolicies say which pods may talk to which. */
export const networkPolicies = defineResource<NetworkPolicy>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
  {
    columns: [
      nameColumn,
      text('Pod-Selector', ({ spec }) => formatLabelSelector(spec?.podSelector ?? {})),
      ageColumn,
    ],
    tracksGeneration: true,
    default: (policy) => changeMember(policy, 'spec', defaultSpec),
    validate,
  },
)

function defaultSpec(spec: NetworkPolicySpec): NetworkPolicySpec {
  const port = (item: NetworkPolicyPort) => fillAbsent(item, { protocol: 'TCP' })
  const policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  const filled = spec.policyTypes?.length ? spec : change(spec, { policyTypes })
  return change(fillAbsent(filled, { podSelector: {} }), {
    ingress: mapItems(spec.ingress, (rule) => change(rule, { ports: mapItems(rule.ports, port) })),
    egress: mapItems(spec.egress, (rule) => change(rule, { ports: mapItems(rule.ports, port) })),
  })
}

function validate({ spec = {} }: NetworkPolicy): FieldErrors {
  const path = fieldPath('spec')
  const types = spec.policyTypes ?? []
  return [
    ...validateLabelSelector(spec.podSelector, path.child('podSelector')),
    ...eachItem(spec.ingress, path.child('ingress'), ({ ports, from }, at) => [
      ...eachItem(ports, at.child('ports'), validatePort),
      ...eachItem(from, at.child('from'), validatePeer),
    ]),
    ...eachItem(spec.egress, path.child('egress'), ({ ports, to }, at) => [
      ...eachItem(ports, at.child('ports'), validatePort),
      ...eachItem(to, at.child('to'), validatePeer),
    ]),
    ...(types.length > 2
      ? [
          invalidField(
            path.child('policyTypes'),
            types,
            'may not specify more than two policyTypes',
          ),
        ]
      : eachItem(types, path.child('policyTypes'), (type, at) =>
          requireOneOf(type, at, ['Egress', 'Ingress']),
        )),
  ]
}

function validatePort(
  { protocol, port, endPort }: NetworkPolicyPort,
  path: FieldPath,
): FieldErrors {
  const messages =
    port === undefined ? [] : typeof port === 'number' ? checkPortNumber(port) : checkPortName(port)
  return [
    ...(protocol === undefined ? [] : requireOneOf(protocol, path.child('protocol'), protocols)),
    ...invalidWith(path.child('port'), port, messages),
    ...(endPort === undefined ? [] : validateEndPort(endPort, port, path)),
  ]
}

function validateEndPort(
  endPort: number,
  port: NetworkPolicyPort['port'],
  path: FieldPath,
): FieldErrors {
  const at = path.child('endPort')
  if (port === undefined) {
    return [requiredField(at, 'may not be specified when `port` is not specified')]
  }
  if (typeof port === 'string') {
    return [requiredField(at, 'may not be specified when `port` is non-numeric')]
  }
  return [
    ...invalidWith(at, endPort, checkPortNumber(endPort)),
    ...ensure(endPort >= port, () =>
      invalidField(at, endPort, 'must be greater than or equal to `port`'),
    ),
  ]
}

function validatePeer(peer: NetworkPolicyPeer, path: FieldPath): FieldErrors {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const bySelector = podSelector !== undefined || namespaceSelector !== undefined
  if (ipBlock && bySelector) {
    return [forbiddenField(path, 'may not specify both ipBlock and another peer')]
  }
  if (!ipBlock && !bySelector) return [requiredField(path, 'must specify a peer')]
  return [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, path.child('namespaceSelector')),
    ...(ipBlock
      ? [
          ...validateCidr(ipBlock.cidr ?? '', path.child('ipBlock', 'cidr')),
          ...eachItem(ipBlock.except, path.child('ipBlock', 'except'), (cidr, at) =>
            validateCidr(cidr, at),
          ),
        ]
      : []),
  ]
}
