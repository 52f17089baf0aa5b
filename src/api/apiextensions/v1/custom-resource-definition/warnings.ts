import { goQuote } from '#machinery'
import { unknownFormats } from '#machinery/structural'
import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'

const stored = 'stored, but nothing acts on it yet:'

/** Formats that nobody knows, once, and what a definition asks for that is not done. */
export function definitionWarnings(
  definition: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): readonly string[] {
  const known = new Set(old ? formatsOf(old) : [])
  const unknown = formatsOf(definition).filter((format) => !known.has(format))
  return [
    ...unknown.map((format) => `unrecognized format ${goQuote(format)}`),
    ...gapsOf(definition),
  ]
}

function formatsOf({ spec }: CustomResourceDefinition): readonly string[] {
  return spec.versions.flatMap(({ schema }) =>
    schema?.openAPIV3Schema ? unknownFormats(schema.openAPIV3Schema) : [],
  )
}

function gapsOf({ spec }: CustomResourceDefinition): readonly string[] {
  if (spec.conversion?.strategy !== 'Webhook') return []
  return [`spec.conversion.webhook: ${stored} versions differ by their apiVersion alone`]
}
