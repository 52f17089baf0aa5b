import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  ServiceReference,
} from '../../../generated/types/apiextensions-v1.ts'
import { change, changeMember, fill, fillAbsent } from '../../../shared/change.ts'

/** A definition with upstream's defaults. */
export function withDefinitionDefaults(
  definition: CustomResourceDefinition,
): CustomResourceDefinition {
  return changeMember(definition, 'spec', (spec) =>
    change(spec, {
      names: withNames(spec.names),
      conversion: spec.conversion ? withPort(spec.conversion) : { strategy: 'None' },
    }),
  )
}

/** Also where no names are given at all, as upstream's struct has them then. */
function withNames(
  names: CustomResourceDefinitionNames = { plural: '', kind: '' },
): CustomResourceDefinitionNames {
  const { kind = '' } = names
  if (kind === '') return names
  return fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` })
}

type Conversion = NonNullable<CustomResourceDefinitionSpec['conversion']>

function withPort(conversion: Conversion): Conversion {
  return changeMember(conversion, 'webhook', (webhook) =>
    changeMember(webhook, 'clientConfig', (config) =>
      changeMember(config, 'service', (service) =>
        fillAbsent<ServiceReference>(service, { port: 443 }),
      ),
    ),
  )
}
