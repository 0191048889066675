import { type INestApplication, applyDecorators } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import { z } from 'zod';
import * as answers from './answers.js';

type JsonSchema = Record<string, unknown>;

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(schema, { io, target: 'openapi-3.0', unrepresentable: 'any' });
}

/** Documents the query parameters of a zod object: no decorator metadata is emitted, so types are given. */
export function ApiQueries(fields: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...Object.entries(fields.shape).map(([name, field]) => {
      const { description, ...schema } = jsonSchema(field as z.ZodType, 'input');
      const required = !(field as z.ZodType).safeParse(undefined).success;
      return ApiQuery({ name, required, schema, ...(typeof description === 'string' ? { description } : {}) });
    }),
  );
}

export const answerSchema = (name: keyof typeof answers) => ({ $ref: `#/components/schemas/${name}` });

/** The problems that any path which reads the store can answer with. */
export function ApiProblems(): ClassDecorator {
  const content = { 'application/problem+json': { schema: answerSchema('Problem') } };
  return applyDecorators(
    ApiBadRequestResponse({ description: 'INVALID_PARAMETER', content }),
    ApiNotFoundResponse({ description: 'SUBJECT_NOT_FOUND, ALERT_NOT_FOUND', content }),
    ApiServiceUnavailableResponse({ description: 'STORE_UNAVAILABLE; Retry-After says when to try again', content }),
  );
}

const DESCRIPTION = `Respiratory rates from headphone microphones.

**Investigational**: no medical device; every answer says \`investigational: true\`. A window without an accepted rate
means "not heard", never apnoea. Errors are problems (RFC 9457) with a stable \`code\`.`;

/** Serves the OpenAPI page at /docs and the document at /docs/openapi.json. */
export function serveOpenApi(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Eupnea')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: Object.fromEntries(
      Object.entries(answers).map(([name, schema]) => [name, jsonSchema(schema as z.ZodType, 'output')]),
    ),
  };
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
