// The sources of the published JSON Schemas, by file name. Validation reads the files instead: they load a hundred times
// faster.

import type { JsonSchema } from './json.js';
import { IterationSchema, ManifestSchema } from './manifest-schema.js';
import { ProblemSchema, ProfileSchema } from './problems-schema.js';
import { PublishedResultsSchema } from './published-results-schema.js';

export { IterationSchema, ManifestSchema, ProblemSchema, ProfileSchema, PublishedResultsSchema };

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

export const PUBLISHED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  'manifest.schema.json': published('manifest', ManifestSchema),
  'problem.schema.json': published('problem', ProblemSchema),
  'profile.schema.json': published('profile', ProfileSchema),
  'published-results.schema.json': published('published-results', PublishedResultsSchema),
};

function published(name: string, schema: object): JsonSchema {
  return { $schema: DRAFT, $id: `urn:gaussmark:schema:${name}`, ...schema };
}
