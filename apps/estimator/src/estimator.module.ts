import { type DynamicModule, Module } from '@nestjs/common';
import { ESTIMATOR_CONFIG, type EstimatorConfig } from './config.js';
import { EstimatorService } from './estimator.service.js';

@Module({})
export class EstimatorModule {
  static with(config: EstimatorConfig): DynamicModule {
    return { module: EstimatorModule, providers: [EstimatorService, { provide: ESTIMATOR_CONFIG, useValue: config }] };
  }
}
