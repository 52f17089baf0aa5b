import { fieldPath } from '#machinery/validation'
import type { PodTemplate } from '../../../generated/types/index.ts'
import { changeMember } from '../../../shared/change.ts'
import { containerColumns, labelText, nameColumn, text } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { defaultPodTemplate } from '../pod/defaults.ts'
import { validatePodTemplate } from '../pod/validation/pod.ts'
import { templateWarnings } from '../pod/warnings.ts'

/** PodTemplates hold a template of pods by itself. */
export const podTemplates = defineResource<PodTemplate>(
  { group: '', version: 'v1', kind: 'PodTemplate' },
  {
    columns: [
      nameColumn,
      ...containerColumns<PodTemplate>(({ template }) => template),
      text('Pod Labels', ({ template }) => labelText(template?.metadata?.labels)),
    ],
    tracksGeneration: true,
    default: (object) => changeMember(object, 'template', defaultPodTemplate),
    validate: ({ template }) => validatePodTemplate(template ?? {}, fieldPath('template')),
    warnings: ({ template }) => templateWarnings(template, fieldPath('template')),
  },
)
