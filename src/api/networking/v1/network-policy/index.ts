import { formatLabelSelector, validateLabelSelector } from '#machinery/selectors'
import {
  checkPortName,
  checkPortNumber,
  cidrWarnings,
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  type IpNetwork,
  invalidField,
  parseCidr,
  requiredField,
  validateCidr,
} from '#machinery/validation'
import { protocols } from '../../../core/v1/pod/validation/ports.ts'
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from '../../../generated/types/networking-v1.ts'
import { change, changeMember, fillAbsent, mapItems } from '../../../shared/change.ts'
import { eachItem, ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/**
 * How many different pod selectors and named ports the rules of one policy may name; what it names beyond
 * lets nothing pass. A node keeps a set of each, so that a policy of the greatest size would fill its memory.
 */
export const mostSelectedPeers = 1000

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
    warnings: ({ spec }) => [
      ...sizeWarnings(spec),
      ...peerWarnings(spec?.ingress, 'from', fieldPath('spec', 'ingress')),
      ...peerWarnings(spec?.egress, 'to', fieldPath('spec', 'egress')),
    ],
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
    ...(endPort === undefined ? [] : validateEndPort(endPort, port, path.child('endPort'))),
  ]
}

function validateEndPort(
  endPort: number,
  port: NetworkPolicyPort['port'],
  at: FieldPath,
): FieldErrors {
  if (port === undefined) {
    return [invalidField(at, endPort, 'may not be specified when `port` is not specified')]
  }
  if (typeof port === 'string') {
    return [invalidField(at, endPort, 'may not be specified when `port` is non-numeric')]
  }
  return [
    // Upstream shows the port here, not the endPort.
    ...ensure(endPort >= port, () =>
      invalidField(at, port, 'must be greater than or equal to `port`'),
    ),
    ...invalidWith(at, endPort, checkPortNumber(endPort)),
  ]
}

function validatePeer(peer: NetworkPolicyPeer, path: FieldPath): FieldErrors {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const bySelector = podSelector !== undefined || namespaceSelector !== undefined
  if (!ipBlock && !bySelector) return [requiredField(path, 'must specify a peer')]
  return [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, path.child('namespaceSelector')),
    ...(ipBlock ? validateBlock(ipBlock, path.child('ipBlock')) : []),
    ...ensure(!(ipBlock && bySelector), () =>
      forbiddenField(path, 'may not specify both ipBlock and another peer'),
    ),
  ]
}

function validateBlock({ cidr = '', except }: IPBlock, path: FieldPath): FieldErrors {
  if (cidr === '') return [requiredField(path.child('cidr'), '')]
  const network = parseCidr(cidr)
  return [
    ...validateCidr(cidr, path.child('cidr')),
    ...eachItem(except, path.child('except'), (text, at) => {
      const part = parseCidr(text)
      const isPart = !network || !part || isStrictPart(part, network)
      return [
        ...validateCidr(text, at),
        ...ensure(isPart, () => invalidField(at, text, 'must be a strict subset of `cidr`')),
      ]
    }),
  ]
}

function isStrictPart(part: IpNetwork, whole: IpNetwork): boolean {
  if (part.address.family !== whole.address.family) return false
  const start = parseCidr(`${part.address.text}/${whole.prefixLength}`)
  return part.prefixLength > whole.prefixLength && start?.text === whole.text
}

/** Networks that are written in another form than they should be. */
function peerWarnings<K extends 'from' | 'to'>(
  rules: readonly { readonly [key in K]?: readonly NetworkPolicyPeer[] }[] | undefined,
  key: K,
  path: FieldPath,
): readonly string[] {
  return (rules ?? []).flatMap((rule, at) =>
    (rule[key] ?? []).flatMap(({ ipBlock }, index) => {
      const block = path.index(at).child(key).index(index).child('ipBlock')
      return [
        ...(ipBlock ? cidrWarnings(ipBlock.cidr ?? '', block.child('cidr')) : []),
        ...(ipBlock?.except ?? []).flatMap((cidr, each) =>
          cidrWarnings(cidr, block.child('except').index(each)),
        ),
      ]
    }),
  )
}

function sizeWarnings({ ingress = [], egress = [] }: NetworkPolicySpec = {}): readonly string[] {
  const peers = [...ingress.map(({ from }) => from), ...egress.map(({ to }) => to)].flat()
  const ports = [...ingress, ...egress].flatMap(({ ports: own = [] }) => own)
  const named = [
    ...peers.flatMap((peer) => (peer && !peer.ipBlock ? [JSON.stringify(peer)] : [])),
    ...ports.flatMap(({ port, protocol }) =>
      typeof port === 'string' ? [`${protocol} ${port}`] : [],
    ),
  ]
  return new Set(named).size <= mostSelectedPeers
    ? []
    : [
        `spec: more than ${mostSelectedPeers} different peers by selectors and named ports: those beyond let nothing pass`,
      ]
}
