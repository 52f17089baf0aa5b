import { deepEqual, formatTime, type Stored } from '#machinery'
import type { Device, ResourceSlice } from '../../../generated/types/resource-v1.ts'
import { changeMember, fillAbsent, mapItems } from '../../../shared/change.ts'
import { ageColumn, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { validateSlice } from './validation.ts'

/** ResourceSlices publish the devices of a driver, on one node, on some, or on all. */
export const resourceSlices = defineResource<ResourceSlice>(
  { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceSlice' },
  {
    columns: [
      nameColumn,
      text('Node', ({ spec }) => spec.nodeName ?? ''),
      text('Driver', ({ spec }) => spec.driver),
      text('Pool', ({ spec }) => spec.pool.name),
      ageColumn,
    ],
    selectableFields: {
      'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
      'spec.driver': ({ spec }) => spec.driver,
    },
    tracksGeneration: true,
    prepareForCreate: (draft, { nowMs }) => prepared(draft, undefined, nowMs),
    prepareForUpdate: (draft, old: Stored<ResourceSlice>, { nowMs }) => prepared(draft, old, nowMs),
    validate: (object) => validateSlice(object),
    validateUpdate: (next, old: Stored<ResourceSlice>) => validateSlice(next, old),
    warnings: ({ spec }) =>
      spec.driver === spec.driver.toLowerCase()
        ? []
        : [
            `spec.driver: driver names should be lowercase; ${JSON.stringify(spec.driver)} contains uppercase characters`,
          ],
  },
)

/** Fields of what upstream has switched off by default are dropped, unless they stood there before. */
function prepared(
  draft: ResourceSlice,
  old: ResourceSlice | undefined,
  nowMs: number,
): ResourceSlice {
  const before = old?.spec.devices ?? []
  const keepsMappings = before.some((each) => each.nodeAllocatableResourceMappings)
  const keepsLists = before.some((each) => Object.values(each.attributes ?? {}).some(isList))
  return changeMember(draft, 'spec', (spec) =>
    changeMember(spec, 'devices', (devices) =>
      mapItems(devices, (device) => {
        const known = before.find(({ name }) => name === device.name)
        const mapped = keepsMappings ? device : withoutMappings(device)
        const plain = keepsLists ? mapped : withoutLists(mapped)
        return withTaintTimes(plain, known, nowMs)
      }),
    ),
  )
}

type Attribute = NonNullable<Device['attributes']>[string]

function isList({ ints, bools, strings, versions }: Attribute): boolean {
  return Boolean(ints ?? bools ?? strings ?? versions)
}

function withoutMappings(device: Device): Device {
  if (device.nodeAllocatableResourceMappings === undefined) return device
  const { nodeAllocatableResourceMappings: _, ...rest } = device
  return rest
}

function withoutLists(device: Device): Device {
  const { attributes = {} } = device
  if (!Object.values(attributes).some(isList)) return device
  return {
    ...device,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(
        ([name, { ints: _i, bools: _b, strings: _s, versions: _v, ...rest }]) => [name, rest],
      ),
    ),
  }
}

/** A taint without a time has been there since now, or since it was first seen. */
function withTaintTimes(device: Device, old: Device | undefined, nowMs: number): Device {
  return changeMember(device, 'taints', (taints) =>
    mapItems(taints, (taint) => {
      if (taint.timeAdded !== undefined) return taint
      const { timeAdded = formatTime(nowMs) } =
        old?.taints?.find(({ timeAdded: _, ...rest }) => deepEqual(rest, taint)) ?? {}
      return fillAbsent(taint, { timeAdded })
    }),
  )
}
