/** The operator's door to the directory of contracts: how late each may be metered. */
import { Body, Controller, Delete, Get, HttpCode, Inject } from '@nestjs/common';
import { Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, isUnstorable, notFound, pageQuery, Roles } from '@suanpan/platform-http';
import type { Page, PageQuery } from '@suanpan/platform-http';
import { z } from 'zod';
import { ContractDirectory } from './contract-directory.js';
import type { Contract } from './contract-directory.js';

const DAYS_MAX = 3_650;
const ID_CHARACTERS_MAX = 256;

const contractId = z
  .string()
  .min(1)
  .max(ID_CHARACTERS_MAX)
  .refine((text) => !isUnstorable(text), 'A contract’s id is a text.');
const lateLimit = z.strictObject({ days: z.int().min(1).max(DAYS_MAX) }).meta({ id: 'LateLimit' });
type LateLimitBody = z.infer<typeof lateLimit>;

@ApiTags('contracts')
@Controller('v1/contracts')
@Roles('operator')
export class ContractsController {
  constructor(@Inject(ContractDirectory) private readonly contracts: ContractDirectory) {}

  @Get()
  @ApiOperation({ summary: 'The contracts that the log has told of, with their late limits.' })
  list(
    @Query({ schema: pageQuery }) query: PageQuery,
    @Caller() { tenant }: Caller,
  ): Promise<Page<Contract>> {
    return this.contracts.list(tenant, query);
  }

  @Put(':contract/late-limit')
  @ApiOperation({ summary: 'How many days after the call an event of the contract may come.' })
  async put(
    @Param('contract', { schema: contractId }) contract: string,
    @Body({ schema: lateLimit }) { days }: LateLimitBody,
    @Caller() { tenant, keyId: by }: Caller,
  ): Promise<{ readonly contract: string; readonly days: number }> {
    const known = await this.contracts.setLateLimit({ tenant, contract, days, by });
    if (!known) throw notFound('contract');
    return { contract, days };
  }

  @Delete(':contract/late-limit')
  @HttpCode(204)
  @ApiOperation({ summary: 'Goes back to the usual limit.' })
  async drop(
    @Param('contract', { schema: contractId }) contract: string,
    @Caller() { tenant }: Caller,
  ): Promise<void> {
    const had = await this.contracts.dropLateLimit(tenant, contract);
    if (!had) throw notFound('late limit');
  }
}
