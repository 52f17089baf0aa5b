import { deepEqual } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { PriorityLevelConfiguration } from '../../../generated/types/index.ts'
import { ensure, requireKnown } from '../../../shared/checks.ts'
import { mandatoryFlowControl } from '../../bootstrap/objects.ts'

type Spec = NonNullable<PriorityLevelConfiguration['spec']>
type Limited = NonNullable<Spec['limited']>
type Shares = Pick<Limited, 'nominalConcurrencyShares' | 'lendablePercent'>
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>

const roundtripAnnotation = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares'
const maxQueues = 10_000_000
/** So many bits has the hash that deals queues to a flow. */
const maxHashBits = 60

/** The spec; that of a mandatory level is fixed, apart from how much the exempt one lends. */
export function validateLevel({ metadata, spec }: PriorityLevelConfiguration): FieldErrors {
  const name = metadata?.name ?? ''
  const path = fieldPath('spec')
  const given: Spec = spec ?? { type: '' }
  return [
    ...ensure(metadata?.annotations?.[roundtripAnnotation] === undefined, () =>
      forbiddenField(
        fieldPath('metadata', 'annotations'),
        `annotation '${roundtripAnnotation}' is forbidden`,
      ),
    ),
    ...validateSpec(given, name, path),
    ...validateFixed(given, name, path),
  ]
}

function validateFixed(spec: Spec, name: string, path: FieldPath): FieldErrors {
  const fixed = mandatoryFlowControl.levels.find((each) => each.metadata.name === name)?.spec
  if (!fixed) return []
  const isExempt = name === 'exempt'
  const compared = isExempt ? { ...spec, exempt: fixed.exempt } : spec
  const except = isExempt ? " except the 'spec.exempt' field" : ''
  return ensure(deepEqual(fixed, compared), () =>
    invalidField(path, spec, `spec of '${name}'${except} must equal the fixed value`),
  )
}

function validateSpec({ type, limited, exempt }: Spec, name: string, path: FieldPath): FieldErrors {
  const only = ensure((name === 'exempt') === (type === 'Exempt'), () =>
    invalidField(path.child('type'), type, "must be 'Exempt' if and only if `name` is 'exempt'"),
  )
  if (type === 'Exempt') {
    return [
      ...only,
      ...ensure(limited === undefined, () =>
        forbiddenField(path.child('limited'), 'must be nil if the type is not Limited'),
      ),
      ...(exempt
        ? [
            ...validateShares(exempt, path.child('exempt')),
            ...validateLent(exempt, path.child('exempt')),
          ]
        : []),
    ]
  }
  if (type !== 'Limited') {
    return [...only, ...requireKnown(type, path.child('type'), ['Exempt', 'Limited'])]
  }
  return [
    ...only,
    ...ensure(exempt === undefined, () =>
      forbiddenField(path.child('exempt'), 'must be nil if the type is Limited'),
    ),
    ...(limited
      ? validateLimited(limited, path.child('limited'))
      : [requiredField(path.child('limited'), 'must not be empty when type is Limited')]),
  ]
}

function validateShares(
  { nominalConcurrencyShares: shares = 0 }: Shares,
  path: FieldPath,
): FieldErrors {
  return [
    ...ensure(shares >= 0, () =>
      invalidField(
        path.child('nominalConcurrencyShares'),
        shares,
        'must be a non-negative integer',
      ),
    ),
  ]
}

function validateLent({ lendablePercent: percent = 0 }: Shares, path: FieldPath): FieldErrors {
  return ensure(percent >= 0 && percent <= 100, () =>
    invalidField(path.child('lendablePercent'), percent, 'must be between 0 and 100, inclusive'),
  )
}

function validateLimited(limited: Limited, path: FieldPath): FieldErrors {
  const { limitResponse, borrowingLimitPercent: borrowed = 0 } = limited
  return [
    ...validateShares(limited, path),
    ...validateResponse(limitResponse?.type, limitResponse?.queuing, path.child('limitResponse')),
    ...validateLent(limited, path),
    ...ensure(borrowed >= 0, () =>
      invalidField(
        path.child('borrowingLimitPercent'),
        borrowed,
        'if specified, must be a non-negative integer',
      ),
    ),
  ]
}

function validateResponse(
  type: string | undefined,
  queuing: Queuing | undefined,
  path: FieldPath,
): FieldErrors {
  const at = path.child('queuing')
  if (type === 'Reject') {
    return ensure(queuing === undefined, () =>
      forbiddenField(at, 'must be nil if limited.limitResponse.type is not Limited'),
    )
  }
  if (type !== 'Queue') return requireKnown(type, path.child('type'), ['Queue', 'Reject'])
  if (queuing) return validateQueuing(queuing, at)
  return [requiredField(at, 'must not be empty if limited.limitResponse.type is Limited')]
}

function validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing,
  path: FieldPath,
): FieldErrors {
  const positive = 'must be positive'
  return [
    ...ensure(queueLengthLimit > 0, () =>
      invalidField(path.child('queueLengthLimit'), queueLengthLimit, positive),
    ),
    ...ensure(queues > 0, () => invalidField(path.child('queues'), queues, positive)),
    ...ensure(queues <= maxQueues, () =>
      invalidField(path.child('queues'), queues, `must not be greater than ${maxQueues}`),
    ),
    ...validateHand(queues, handSize, path.child('handSize')),
  ]
}

function validateHand(queues: number, handSize: number, path: FieldPath): FieldErrors {
  if (handSize <= 0) return [invalidField(path, handSize, 'must be positive')]
  if (handSize > queues) {
    return [invalidField(path, handSize, `should not be greater than queues (${queues})`)]
  }
  const bits = Math.ceil(Math.log2(queues) * handSize)
  return ensure(bits <= maxHashBits, () =>
    invalidField(
      path,
      handSize,
      `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxHashBits}`,
    ),
  )
}
