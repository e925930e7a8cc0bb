/** Assignments in Edlink's words. */
import { describe, expect, it } from '@jest/globals';
import { presentAssignment } from '../../server/edlink/coursework.js';
import { assignmentRow } from './rows.js';

describe('an assignment', () => {
  it('has every key of the model, with null or nothing for what LTI cannot tell', () => {
    expect(presentAssignment(assignmentRow())).toEqual({
      id: '44444444-4444-5444-8444-444444444444',
      title: 'Fractions',
      description: 'Ten of them.',
      description_plaintext: 'Ten of them.',
      state: 'open',
      due_date: null,
      display_date: null,
      start_date: null,
      end_date: null,
      grading_type: 'points',
      points_possible: null,
      assignee_mode: 'all',
      assignee_ids: [],
      attachments: [],
      submission_types: [],
      max_attempts: null,
      category_id: null,
      session_id: null,
      properties: {},
      created_date: '2026-01-15T08:30:00.123Z',
      updated_date: '2026-02-16T09:31:01.456Z',
    });
  });

  it('of which nothing is known has the same keys', () => {
    const unknown = presentAssignment(assignmentRow({ title: null, description: null }));
    expect(Object.keys(unknown)).toEqual(Object.keys(presentAssignment(assignmentRow())));
    expect(unknown).toMatchObject({ title: null, description: null, description_plaintext: null });
  });
});
